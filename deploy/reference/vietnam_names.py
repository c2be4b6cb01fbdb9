"""Vietnamese unit names: the official spelling, and an English form without diacritics."""

import unicodedata

_ENGLISH = {
    "Thành phố": "City", "Thị trấn": "Township", "Thị xã": "Town", "Đặc khu": "Special Zone", "Phường": "Ward",
    "Huyện": "District", "Quận": "District", "Tỉnh": "Province", "Xã": "Commune",
}  # fmt: skip


def official(name: str) -> str:
    """The name with its unit type in the official case: `Thành Phố Bắc Kạn` -> `Thành phố Bắc Kạn`."""
    kind = _kind(name)
    return name if kind is None else kind + name[len(kind) :]


def english(name: str) -> str:
    """`Huyện U Minh Thượng` -> `U Minh Thuong District`; a numbered unit becomes `Ward 3`. Plain ASCII."""
    kind = _kind(name)
    if kind is None:
        return plain(name)
    own = plain(name[len(kind) + 1 :])
    return f"{_ENGLISH[kind]} {own}" if own.isdigit() else f"{own} {_ENGLISH[kind]}"


def plain(text: str) -> str:
    """The text without diacritics."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _kind(name: str) -> str | None:
    return next((kind for kind in _ENGLISH if name.casefold().startswith(f"{kind.casefold()} ")), None)
