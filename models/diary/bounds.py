"""How much an entry may hold: the same for what is sent and for what is stored."""

from models.fields import Bounds

SEVERITY = Bounds(0, 10)
COUNT = Bounds(0, 999)
LENGTH_TENTHS = Bounds(0, 5000)
CIGARETTES = Bounds(0, 200)
ALCOHOL_UNITS = Bounds(0, 100)
ACTIVITY_MINUTES = Bounds(0, 1440)
BALANCED_MEALS = Bounds(0, 20)
NOTE_CHARACTERS = 4000
MOST_RATINGS = 60
MOST_OBSERVATIONS = 100
MOST_INTAKES = 100
MOST_ENTRIES_AT_ONCE = 500
