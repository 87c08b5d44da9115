"""What patients write and tell about their days."""

from collections.abc import Sequence
from random import Random

from domain.courses.chance import some
from domain.courses.plans import Body, Habits

_TROUBLESOME = 5
_OWN_REMARK = 0.5
_FIELD_TOLD = 0.8

_TROUBLES = {
    "pain": ("Sore when I lift my arm.", "Could not wear a bra today.", "The seat belt rubs exactly there.",
             "Painkiller helped for about four hours.", "Burning under the armpit since noon."),
    "itching": ("Itching woke me twice.", "Scratched in my sleep again.", "Cool pack helps a little.",
                "Itches most after the shower."),
    "nodules": ("The lumps feel harder to me.", "Counted them in the mirror with my sister."),
    "erythema": ("Red and hot in the evening.", "Redder than yesterday, I think.", "The red edge has moved a finger."),
    "edema": ("Arm heavy, sleeve left marks.", "Ring does not fit today."),
    "ulceration": ("Dressing stuck this morning.", "Changed the dressing three times.", "Nurse came, wound rinsed."),
    "hyperpigmentation": ("Darker around the scar.",),
    "skin_atrophy": ("Skin is like paper, tape tears it.",),
    "bleeding": ("Bled through the dressing at lunch.", "Bled after the shower, stopped with pressure.",
                 "A few drops on the sheet."),
    "exudate": ("Blouse wet by noon.", "Had to change the pad at night.", "Weeping a lot since yesterday."),
    "odor": ("I stayed away from the choir because of the smell.", "Charcoal dressing helps with the smell.",
             "Opened all the windows before visitors came."),
    "fatigue": ("Slept all afternoon.", "Only made it to the letterbox."),
    "sleep": ("Awake from three to five.", "Bad night, no position is right."),
}  # fmt: skip
_QUIET = (
    "Good day, walked to the market.",
    "Nothing special.",
    "Forgot the tablet in the morning.",
    "New cream since today.",
    "Took the measurements with my daughter.",
    "Next visit on Thursday, ask about the dressing.",
    "Grandchildren here, happily tired.",
    "Rain all day, stayed in.",
    "Washed with lukewarm water only, better.",
)


def remark(ratings: Sequence[Body], own: Sequence[str], rng: Random) -> str:
    """A short note that fits the entry's ratings."""
    if own and rng.random() < _OWN_REMARK:
        return rng.choice(own)
    troubles = [str(rating["symptom"]) for rating in ratings if rating["severity"] >= _TROUBLESOME]
    return rng.choice(_TROUBLES[rng.choice(troubles)] if troubles else _QUIET)


def tell_lifestyle(habits: Habits, rng: Random) -> Body:
    """One day's lifestyle; what is not told is null or left out, and something is told."""
    told: Body = {
        "cigarettes": some(rng, habits.cigarettes),
        "alcohol_units": max(0.0, round(2 * rng.gauss(habits.alcohol_units, 0.8)) / 2),
        "activity_minutes": 5 * some(rng, habits.activity_minutes / 5),
        "balanced_meals": min(5, some(rng, habits.balanced_meals)),
    }
    kept = rng.choice(list(told))
    for name in list(told):
        if name != kept and rng.random() >= _FIELD_TOLD:
            if rng.random() < _OWN_REMARK:
                told[name] = None
            else:
                del told[name]
    return told
