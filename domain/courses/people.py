"""Invented patients. Each family name says 'example' or 'sample' in its language, so that nobody is meant."""

from domain.courses.plans import Person

SOLVEIG = Person("Solveig Prøvensen", "Europe/Oslo", "nb-NO")
MALGORZATA = Person("Małgorzata Przykładowska", "Europe/Warsaw", "pl-PL")
THORUNN = Person("Þórunn Dæmisdóttir", "Atlantic/Reykjavik", "is-IS")
SULE = Person("Şule Örnekoğlu", "Europe/Istanbul", "tr-TR")
LIESEL = Person("Liesel Musterbäuerin", "Europe/Berlin", "de-DE")
MARIA = Person("María Ejemplo Núñez", "America/Bogota", "es-CO")
MARAMA = Person("Mārama Tauira", "Pacific/Auckland", "en-NZ")
ELODIE = Person("Élodie Spécimen", "Europe/Paris", "fr-FR")
KATALIN = Person("Katalin Példássy-Szűcs", "Europe/Budapest", "hu-HU")
HANAKO = Person("見本 花子", "Asia/Tokyo", "ja-JP")
INES = Person("Inês Exemplo Brandão", "America/Sao_Paulo", "pt-BR")
SIAN = Person("Siân Enghraifft", "Europe/London", "en-GB")

PASSERS_BY = (
    Person("Παρασκευή Δειγματοπούλου", "Europe/Athens", "el-GR"),
    Person("Жанна Примерова", "Europe/Sofia", "bg-BG"),
    Person("Aoife Ní Shampla", "Europe/Dublin", "en-IE"),
    Person("Jana Vzorová", "Europe/Prague", "cs-CZ"),
    Person("Zoë van Voorbeeld", "Europe/Amsterdam", "nl-NL"),
    Person("Annikki Esimerkkilä", "Europe/Helsinki", "fi-FI"),
    Person("नमूना देवी", "Asia/Kolkata", "hi-IN"),
    Person("Noa O'Sample", "America/St_Johns", "en-CA"),
    Person("Flurina Exempel-Müsterli", "Europe/Zurich", "de-CH"),
    Person("Catalina Muestra Ñancupil", "America/Santiago", "es-CL"),
)
"""For diaries without a named course."""
