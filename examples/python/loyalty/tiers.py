from enum import Enum


class Tier(Enum):
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


def tier_of(points):
    if points >= 10_000:
        return Tier.GOLD
    if points >= 2_000:
        return Tier.SILVER
    return Tier.BRONZE
