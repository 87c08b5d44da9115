"""The dozen courses that a clinician would recognise.

The shapes show from about 120 days on; severities, sizes and habits are invented, the habits after real daily diaries,
which are full on 40-55 % of days (`clinical.md`).
"""

from domain.courses import people
from domain.courses.plans import Complaint, Drug, Habits, Lump, Place, Plan

_CHEST_LEFT = Place("chest_wall", "left")
_CHEST_RIGHT = Place("chest_wall", "right")
_BREAST_LEFT = Place("breast_skin", "left")
_BREAST_RIGHT = Place("breast_skin", "right")
_AXILLA_LEFT = Place("axilla", "left")
_AXILLA_RIGHT = Place("axilla", "right")
_NECK_LEFT = Place("supraclavicular", "left")
_SCALP = Place("scalp", "midline")
_ABDOMEN = Place("abdomen", "midline")
_ALWAYS = (0.0, 1.0)
_ROUGHLY = ("ruler", "photo", "estimate")

_CAPECITABINE = Drug(
    "Capecitabine", "1,500 mg", ("08:00", "20:00"), cycle_on_days=14, cycle_off_days=7, reported=0.8, taken=0.92
)
_LETROZOLE = Drug("Letrozole", "2.5 mg", ("08:00",), starts=-200, reported=0.7, taken=0.97)
_PALBOCICLIB = Drug("Palbociclib", "125 mg", ("13:00",), cycle_on_days=21, cycle_off_days=7, starts=-14)
_TRASTUZUMAB = Drug("Trastuzumab", "600 mg", ("10:30",), every_days=21, starts=-42, reported=0.9, taken=1.0)
_INFUSION = Drug("Trastuzumab deruxtecan", "5.4 mg/kg", ("11:00",), every_days=21, starts=3, reported=0.9, taken=1.0)
_PARACETAMOL = Drug("Paracetamol", "1 g", (), as_needed=True)
_MORPHINE_EXTRA = Drug("Morphine drops", "5 mg", (), as_needed=True)
_MORPHINE = Drug("Morphine, slow release", "20 mg", ("08:00", "20:00"), reported=0.7, taken=0.96)
_CETIRIZINE = Drug("Cetirizine", "10 mg", ("21:00",), starts=10, ends=0.6, taken=0.85)
_METRONIDAZOLE_GEL = Drug("Metronidazole gel", None, ("09:00", "19:00"), starts=5, reported=0.6, taken=0.8)

IMPROVING = Plan(
    course="improving",
    story="Pain, itching and redness fall from moderate or severe to mild in the half year since capecitabine began, "
    "and the measured lumps shrink a little.",
    person=people.SOLVEIG,
    complaints=(
        Complaint("pain", ((0.1, 6.8), (0.55, 4.0), (0.9, 2.0)), _CHEST_LEFT, _AXILLA_LEFT),
        Complaint("itching", ((0.1, 6.2), (0.5, 3.5), (0.9, 1.6)), _CHEST_LEFT),
        Complaint("erythema", ((0.1, 6.4), (0.7, 2.6), (0.9, 2.0)), _CHEST_LEFT, spread=0.8),
        Complaint("nodules", ((0.1, 5.0), (0.9, 2.4)), count=((0.0, 6.0), (1.0, 4.0)), spread=0.7),
        Complaint("sleep", ((0.1, 5.5), (0.9, 3.0)), spread=1.3, asked=0.6),
    ),
    lumps=(
        Lump("nodule", _CHEST_LEFT, "below the scar", ((0.0, 21.0), (0.5, 17.5), (1.0, 16.5)), target=True),
        Lump("plaque", _CHEST_LEFT, "towards the breastbone", ((0.0, 26.0), (1.0, 21.5)), target=True),
    ),
    drugs=(_CAPECITABINE, _PARACETAMOL),
    habits=Habits(completion=0.6),
)

WORSENING = Plan(
    course="worsening",
    story="Pain, open sores and weeping rise from mild to severe, both target lesions first shrink slightly and then "
    "grow well past progression, and the ulcer is called progressed.",
    person=people.MALGORZATA,
    complaints=(
        Complaint("pain", ((0.1, 2.2), (0.5, 4.5), (0.9, 7.2)), _CHEST_RIGHT, _AXILLA_RIGHT, asked=0.96),
        Complaint("ulceration", ((0.1, 2.0), (0.9, 6.8)), _CHEST_RIGHT, asked=0.96),
        Complaint("exudate", ((0.1, 1.4), (0.4, 2.5), (0.9, 6.0)), _CHEST_RIGHT),
        Complaint("erythema", ((0.1, 3.0), (0.9, 6.2)), _CHEST_RIGHT),
        Complaint("nodules", ((0.1, 3.0), (0.9, 6.4)), count=((0.0, 5.0), (1.0, 11.0))),
        Complaint("fatigue", ((0.1, 3.5), (0.9, 6.0)), spread=1.2, asked=0.6),
    ),
    lumps=(
        Lump("nodule", _CHEST_RIGHT, "edge of the scar", ((0.0, 18.0), (0.25, 16.0), (0.95, 31.0)), target=True),
        Lump("nodule", _AXILLA_RIGHT, "front of the armpit", ((0.0, 15.0), (0.25, 14.0), (0.95, 24.0)), target=True),
        Lump(
            "ulcer", _CHEST_RIGHT, "open place over the scar", ((0.0, 14.0), (1.0, 38.0)),
            progressed=0.75, hidden=0.15, bleeds=0.35, methods=_ROUGHLY,
        ),
    ),
    drugs=(_LETROZOLE, _PALBOCICLIB, _MORPHINE_EXTRA),
    remarks=(((0.6, 1.0), "The dressing does not hold any more."), ((0.75, 1.0), "Asked for an earlier visit.")),
)  # fmt: skip

DRIFTING = Plan(
    course="drifting",
    story="Pain and itching creep up so slowly that no four weeks show it, yet against the first two weeks after "
    "enrolment both are clearly worse.",
    person=people.THORUNN,
    complaints=(
        Complaint("pain", ((0.0, 2.0), (1.0, 6.0)), _BREAST_LEFT, spread=0.35, memory=0.1, shared=0.2, asked=0.95),
        Complaint("itching", ((0.0, 1.0), (1.0, 5.0)), _BREAST_LEFT, spread=0.35, memory=0.1, shared=0.2, asked=0.95),
        Complaint("hyperpigmentation", ((0.0, 3.0), (1.0, 3.3)), _BREAST_LEFT, spread=0.4, asked=0.7),
        Complaint("fatigue", ((0.0, 3.0), (1.0, 3.3)), spread=0.4, asked=0.7),
    ),
    lumps=(
        Lump("plaque", _BREAST_LEFT, "outer side", ((0.0, 24.0), (1.0, 25.5)), target=True, error_mm=0.4),
        Lump("dark_patch", _BREAST_LEFT, "under the fold", ((0.0, 30.0), (1.0, 34.0)), methods=_ROUGHLY),
    ),
    drugs=(_LETROZOLE, _PARACETAMOL),
    habits=Habits(completion=0.8, at_least=9, more_entries=()),
)

FLUCTUATING = Plan(
    course="fluctuating",
    story="Itching and redness swing between mild and severe with the fortnightly infusions, often told several times "
    "a day, and over the months nothing changes.",
    person=people.SULE,
    complaints=(
        Complaint(
            "itching",
            ((0.0, 5.0),),
            _BREAST_RIGHT,
            _BREAST_LEFT,
            swing=4.5,
            spread=0.6,
            memory=0.5,
            shared=0.2,
            asked=0.97,
        ),
        Complaint("erythema", ((0.0, 5.0),), _BREAST_RIGHT, swing=4.0, spread=0.6, memory=0.5, shared=0.2, asked=0.95),
        Complaint("pain", ((0.0, 4.0),), _BREAST_RIGHT, swing=2.0, spread=0.6, memory=0.5, shared=0.2),
        Complaint("sleep", ((0.0, 4.0),), swing=2.5, spread=0.6, memory=0.5, shared=0.2, asked=0.8),
    ),
    lumps=(
        Lump("plaque", _BREAST_RIGHT, "around the nipple", ((0.0, 33.0), (1.0, 32.0)), target=True, error_mm=0.8),
        Lump("red_patch", _BREAST_LEFT, "inner side", ((0.0, 40.0), (1.0, 41.0)), error_mm=1.0, methods=_ROUGHLY),
    ),
    drugs=(
        Drug("Liposomal doxorubicin", "40 mg/m²", ("09:30",), every_days=14, starts=0, reported=0.95, taken=1.0),
        _CETIRIZINE,
    ),
    habits=Habits(completion=0.78, at_least=10, more_entries=(0.75, 0.55, 0.3), lifestyle=0.5),
)

STABLE = Plan(
    course="stable",
    story="Mild pain, itching and two lumps of steady size: nothing in half a year asks for attention.",
    person=people.LIESEL,
    complaints=(
        Complaint("pain", ((0.0, 4.0),), _CHEST_LEFT, spread=0.45, memory=0.4, shared=0.2, asked=0.95),
        Complaint("itching", ((0.0, 2.0),), _CHEST_LEFT, spread=0.45, memory=0.4, shared=0.2, asked=0.95),
        Complaint("nodules", ((0.0, 3.0),), count=((0.0, 4.0),), spread=0.45, memory=0.4, shared=0.2, asked=0.95),
        Complaint("skin_atrophy", ((0.0, 2.0),), _CHEST_LEFT, spread=0.45, memory=0.4, shared=0.2, asked=0.95),
    ),
    lumps=(
        Lump("nodule", _CHEST_LEFT, "at the lower ribs", ((0.0, 19.0),), target=True, error_mm=0.4),
        Lump("nodule", _AXILLA_LEFT, "deep in the armpit", ((0.0, 16.0),), target=True, error_mm=0.4),
        Lump("thinned_skin", _CHEST_LEFT, "irradiated field", ((0.0, 55.0),), error_mm=1.5, methods=_ROUGHLY),
    ),
    drugs=(_LETROZOLE, _PALBOCICLIB),
    habits=Habits(at_least=7, alcohol_units=0.8, activity_minutes=45.0),
)

SILENT_AFTER_SEVERE = Plan(
    course="silent_after_severe",
    story="Pain and bleeding climb to severe within two weeks, and then the diary falls silent.",
    person=people.MARIA,
    complaints=(
        Complaint("pain", ((0.0, 4.0), (0.72, 4.6), (0.79, 8.4), (0.85, 9.3)), _CHEST_RIGHT, spread=0.5, asked=1.0),
        Complaint("bleeding", ((0.0, 1.5), (0.72, 2.0), (0.82, 6.5), (0.85, 7.5)), _CHEST_RIGHT, asked=0.8),
        Complaint("ulceration", ((0.0, 3.5), (0.72, 4.0), (0.85, 7.0)), _CHEST_RIGHT),
        Complaint("fatigue", ((0.0, 4.0), (0.72, 5.0), (0.85, 8.0)), spread=1.1, asked=0.7),
    ),
    lumps=(
        Lump("nodule", _CHEST_RIGHT, "above the ulcer", ((0.0, 22.0), (0.85, 23.0)), target=True),
        Lump("ulcer", _CHEST_RIGHT, "middle of the chest", ((0.0, 22.0), (0.85, 34.0)), hidden=0.2, bleeds=0.5),
    ),
    drugs=(_INFUSION, _MORPHINE, _MORPHINE_EXTRA),
    habits=Habits(completion=0.5, notes=0.2),
    faithful=((0.81, 0.85),),
    silent=((0.856, 1.0),),
    remarks=(((0.8, 1.0), "Bled more than ever, we called the nurse."), ((0.77, 1.0), "Cannot sleep on either side.")),
)

TRAVELLING = Plan(
    course="travelling",
    story="A mild and steady course told from changing time zones, over the date line both ways and through a change "
    "of the clocks.",
    person=people.MARAMA,
    complaints=(
        Complaint("itching", ((0.0, 3.0),), _NECK_LEFT, spread=0.6),
        Complaint("pain", ((0.0, 4.0),), _NECK_LEFT, spread=0.5),
        Complaint("fatigue", ((0.0, 4.0),), spread=0.7),
    ),
    lumps=(Lump("nodule", _NECK_LEFT, "above the collarbone", ((0.0, 17.0), (1.0, 16.0)), target=True),),
    drugs=(_LETROZOLE, _TRASTUZUMAB),
    habits=Habits(completion=0.7, more_entries=(0.2,), activity_minutes=55.0),
    remarks=((_ALWAYS, "Compression sleeve on for the flight."), (_ALWAYS, "Swam in the sea.")),
)

HALF_MISSING = Plan(
    course="half_missing",
    story="A steady course with 45 % of the days missing, often several in a row, and a new lump that no clinician "
    "has confirmed.",
    person=people.ELODIE,
    complaints=(
        Complaint("pain", ((0.0, 4.0),), _ABDOMEN, spread=0.6),
        Complaint("nodules", ((0.0, 4.0),), count=((0.0, 5.0),), spread=0.6),
        Complaint("edema", ((0.0, 3.0),), Place("anterior_upper_arm", "right"), spread=0.7),
    ),
    lumps=(
        Lump("nodule", _ABDOMEN, "above the navel", ((0.0, 18.0), (1.0, 18.5)), target=True),
        Lump("nodule", _CHEST_RIGHT, "small new lump", ((0.55, 5.5), (1.0, 8.0)), noticed=0.55, methods=_ROUGHLY),
    ),
    drugs=(_INFUSION, _PARACETAMOL),
    habits=Habits(completion=0.55, gap_memory=0.5, lifestyle=0.2, notes=0.08, cigarettes=4.0, activity_minutes=15.0),
)

LESIONS_RESPOND = Plan(
    course="lesions_respond",
    story="Both target lesions shrink to a partial response, then every lesion is gone and stays gone: complete.",
    person=people.KATALIN,
    complaints=(
        Complaint("nodules", ((0.1, 5.6), (0.7, 1.0), (0.9, 0.2)), count=((0.0, 5.0), (0.7, 0.0)), spread=0.6),
        Complaint("pain", ((0.1, 4.8), (0.7, 1.6), (0.9, 1.0)), _CHEST_LEFT, spread=0.8),
        Complaint("erythema", ((0.1, 4.2), (0.9, 1.2)), _CHEST_LEFT, spread=0.7),
    ),
    lumps=(
        Lump("nodule", _CHEST_LEFT, "the larger lump", ((0.0, 24.0), (0.4, 14.0), (0.68, 0.0)), target=True),
        Lump("nodule", _AXILLA_LEFT, "the smaller lump", ((0.0, 16.0), (0.4, 8.0), (0.62, 0.0)), target=True),
        Lump("red_patch", _CHEST_LEFT, "rash around both", ((0.0, 35.0), (0.6, 6.0), (0.65, 0.0)), methods=_ROUGHLY),
    ),
    drugs=(_INFUSION, _LETROZOLE),
    habits=Habits(completion=0.6, activity_minutes=40.0),
    remarks=(((0.62, 0.7), "I cannot find the smaller lump any more."), ((0.1, 0.6), "In the mirror: flatter again.")),
)

VANISH_AND_RETURN = Plan(
    course="vanish_and_return",
    story="Every lesion vanishes for two months and one comes back at the same place and grows.",
    person=people.HANAKO,
    complaints=(
        Complaint("nodules", ((0.1, 4.5), (0.4, 1.0), (0.68, 1.0), (0.95, 4.8)), spread=0.6,
                  count=((0.0, 3.0), (0.35, 0.0), (0.68, 0.0), (0.75, 1.0), (1.0, 2.0))),
        Complaint("itching", ((0.1, 4.0), (0.4, 1.5), (0.68, 1.5), (0.95, 4.0)), _SCALP, spread=0.8),
        Complaint("pain", ((0.0, 1.6),), _SCALP, spread=0.8, asked=0.7),
    ),
    lumps=(
        Lump("nodule", _SCALP, "crown", ((0.0, 17.0), (0.34, 0.0), (0.7, 0.0), (0.72, 4.0), (1.0, 18.0)),
             target=True, hidden=0.0),
        Lump("nodule", Place("scalp", "left"), "above the ear", ((0.0, 13.0), (0.3, 0.0)), target=True, hidden=0.0),
        Lump("nodule", Place("neck", "left"), "hairline", ((0.0, 7.0), (0.3, 0.0)), hidden=0.0, methods=_ROUGHLY),
    ),
    drugs=(_CAPECITABINE,),
    habits=Habits(completion=0.65, notes=0.1),
    remarks=(((0.75, 1.0), "It is back, the hairdresser felt it too."), ((0.0, 0.3), "Combed very carefully.")),
)  # fmt: skip

NEW_LESION = Plan(
    course="new_lesion",
    story="While the known lumps keep their size, a new one midway is confirmed by the clinician and a second, later "
    "one waits to be looked at.",
    person=people.INES,
    complaints=(
        Complaint("nodules", ((0.0, 3.2), (0.45, 3.4), (0.8, 5.4)), count=((0.0, 2.0), (0.44, 2.0), (0.46, 3.0))),
        Complaint("pain", ((0.0, 3.0), (0.5, 3.0), (1.0, 3.4)), _BREAST_RIGHT, spread=0.6),
        Complaint("erythema", ((0.0, 3.0),), _BREAST_RIGHT, spread=0.7, asked=0.8),
    ),
    lumps=(
        Lump("nodule", _BREAST_RIGHT, "upper outer side", ((0.0, 22.0), (1.0, 21.0)), target=True),
        Lump("nodule", _AXILLA_RIGHT, "back of the armpit", ((0.0, 14.0), (1.0, 14.0)), target=True),
        Lump("nodule", _CHEST_RIGHT, "new, below the breast", ((0.45, 6.0), (1.0, 13.0)), noticed=0.45,
             confirmed_new=True),
        Lump("red_patch", Place("back", "right"), "new spot at the shoulder blade", ((0.7, 9.0), (1.0, 12.0)),
             noticed=0.7, methods=_ROUGHLY),
    ),
    drugs=(_TRASTUZUMAB, _CAPECITABINE),
    remarks=(((0.45, 0.52), "Found something under the breast while washing."),),
)  # fmt: skip

VERY_SICK = Plan(
    course="very_sick",
    story="A large open wound bleeds, weeps and smells, with severe pain, swelling, sleeplessness and tiredness "
    "throughout, and notes that tell of daily dressing changes.",
    person=people.SIAN,
    complaints=(
        Complaint("pain", ((0.0, 7.2), (1.0, 7.8)), _CHEST_LEFT, _AXILLA_LEFT, asked=0.95),
        Complaint("itching", ((0.0, 5.0),), _CHEST_LEFT, asked=0.7),
        Complaint("nodules", ((0.0, 6.5), (1.0, 7.5)), count=((0.0, 14.0), (1.0, 22.0))),
        Complaint("erythema", ((0.0, 7.0),), _CHEST_LEFT, Place("back", "left"), asked=0.75),
        Complaint("edema", ((0.0, 6.0), (1.0, 7.0)), Place("anterior_forearm", "left"), asked=0.75),
        Complaint("ulceration", ((0.0, 7.5), (1.0, 8.2)), _CHEST_LEFT, spread=0.8),
        Complaint("bleeding", ((0.0, 5.0), (1.0, 6.5)), _CHEST_LEFT, spread=1.7, memory=0.3),
        Complaint("exudate", ((0.0, 7.0), (1.0, 7.8)), _CHEST_LEFT),
        Complaint("odor", ((0.0, 6.4), (0.4, 5.4), (1.0, 7.0)), _CHEST_LEFT),
        Complaint("skin_atrophy", ((0.0, 5.0),), Place("back", "left"), asked=0.4),
        Complaint("fatigue", ((0.0, 7.4),), asked=0.8),
        Complaint("sleep", ((0.0, 6.6),), spread=1.4, asked=0.8),
    ),
    lumps=(
        Lump("ulcer", _CHEST_LEFT, "the wound", ((0.0, 74.0), (1.0, 96.0)), progressed=0.6, error_mm=2.5, hidden=0.3,
             bleeds=0.7, methods=_ROUGHLY),
        Lump("plaque", Place("back", "left"), "hard plate at the back", ((0.0, 62.0), (1.0, 70.0)), target=True,
             error_mm=1.5, hidden=0.1),
        Lump("nodule", _AXILLA_LEFT, "under the dressing", ((0.0, 23.0), (1.0, 27.0)), target=True, hidden=0.25,
             bleeds=0.2),
    ),
    drugs=(_MORPHINE, _MORPHINE_EXTRA, _METRONIDAZOLE_GEL, _INFUSION),
    habits=Habits(completion=0.58, more_entries=(0.3, 0.2), notes=0.45, lifestyle=0.3, activity_minutes=8.0,
                  alcohol_units=0.1, balanced_meals=1.2),
    remarks=(
        (_ALWAYS, "Dressing changed twice today."), (_ALWAYS, "The nurse rinsed the wound, it hurt."),
        (_ALWAYS, "My brother cooked, ate half."), (_ALWAYS, "Bled when the gauze came off."),
        (_ALWAYS, "Slept in the armchair."), (_ALWAYS, "Sheets washed again."), (_ALWAYS, "Thank you for asking."),
    ),
)  # fmt: skip

PLANS: dict[str, Plan] = {
    plan.course: plan
    for plan in (
        IMPROVING, WORSENING, DRIFTING, FLUCTUATING, STABLE, SILENT_AFTER_SEVERE, TRAVELLING, HALF_MISSING,
        LESIONS_RESPOND, VANISH_AND_RETURN, NEW_LESION, VERY_SICK,
    )
}  # fmt: skip
"""By name, in the order in which a demo shows them."""
