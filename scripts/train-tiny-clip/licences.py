"""Licences of the photographs, as photos.csv and captions.csv name them."""

LICENCE_URLS = {
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 2.0": "https://creativecommons.org/licenses/by/2.0/",
    "CC BY 2.5": "https://creativecommons.org/licenses/by/2.5/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 1.0": "https://creativecommons.org/licenses/by-sa/1.0/",
    "CC BY-SA 2.0": "https://creativecommons.org/licenses/by-sa/2.0/",
    "CC BY-SA 2.5": "https://creativecommons.org/licenses/by-sa/2.5/",
    "CC BY-SA 3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "MIT": "https://opensource.org/license/mit",
    "public domain": "https://creativecommons.org/publicdomain/mark/1.0/",
    "no known copyright restrictions": "https://www.flickr.com/commons/usage/",
}

NOT_TRAINED_LICENCES = ("CC BY-SA 1.0",)
"""It has no "or a later version", so what is made from it cannot stand under CC BY-SA 4.0 as the weights do. See
models/tiny-clip/NOTICE."""


def is_trained(split: str, licence: str) -> bool:
    """Whether a photograph may be trained on."""
    return split == "train" and licence not in NOT_TRAINED_LICENCES


def licence_line(name: str) -> str:
    """Name and address of a licence, share-alike ones marked. Raises KeyError for a licence that is not known here."""
    mark = ", share-alike" if "BY-SA" in name else ""
    return f"{name} ({LICENCE_URLS[name]}){mark}"
