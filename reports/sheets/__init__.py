"""A report as it is printed: the same phrases, figures and charts for HTML and PDF."""

from domain.report import Report
from reports.phrases import Quote
from reports.sheets import attention, care, heads, lesions, methods, symptoms
from reports.sheets.contents import Section, Sheet
from reports.words import words as words_of

__all__ = ["Sheet", "sheet"]


def sheet(report: Report, sha256: str) -> Sheet:
    """All that a page says, in the report's language.

    Args:
        report: what to print.
        sha256: of its canonical JSON.
    """
    words = words_of(report.language)
    say = words.say
    return Sheet(
        language=report.language,
        title=say("Report for the follow-up visit"),
        clinic=(Quote(report.clinic),),
        name=(Quote(report.patient.name),),
        facts=heads.facts(report, words),
        attention=Section(say("What needs attention")),
        items=attention.items(report, words),
        calm=say("No rule of this report found anything. That is no all-clear: it knows only what was entered."),
        symptoms=Section(say("Symptoms"), say("0 to 10, higher is worse. Worst of each day, as rated by the patient.")),
        key=say(
            "● day below severe, ◆ severe day (7 or more); lines at 5 (moderate) and 7; blue: median of 7 days, "
            "interrupted over gaps; black bar: median at the start and now; line at 0: days rated. n: days rated; "
            "limit: change that counts; then: at enrolment; gap: most days without a rating."
        ),
        table=symptoms.table(report, words),
        details_section=Section(say("Symptoms in detail")),
        details=symptoms.details(report, words),
        lesions=lesions.lesions(report, words),
        photos_section=Section(say("Photos"), say("As far as there are any: at baseline, at the smallest, latest.")),
        photos=lesions.photos(report, words),
        medications_section=Section(say("Medication"), say("A dose that was not reported is not a missed dose.")),
        medications=care.medications(report, words),
        lifestyle_section=Section(say("Lifestyle"), say("Means of the days on which it was reported.")),
        lifestyle=care.lifestyle(report, words),
        notes_section=Section(say("Notes of the patient")),
        notes=care.notes(report, words),
        methods_section=Section(say("How the numbers were made")),
        methods=methods.methods(report, words),
        origin=methods.origin(report, sha256, words),
        disclaimer=say(
            "This report sums up what the patient entered. It makes no diagnosis and replaces no examination."
        ),
        page=say("Page {page} of {pages}", page="{page}", pages="{pages}"),
    )
