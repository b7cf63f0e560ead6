"""What is refused of files that are attached to records."""

from dataclasses import dataclass

from inventory.errors import InvalidInput, Refusal


@dataclass(eq=False)
class FileEmpty(InvalidInput):
    name: str

    says = "{name} is empty."
    do = "Save or scan it again, and attach the new file."


@dataclass(eq=False)
class FileTooLarge(InvalidInput):
    name: str
    most_mb: int

    says = "{name} is larger than {most_mb} MB."
    do = "Scan it with fewer dots per inch, or attach its pages one by one."


@dataclass(eq=False)
class FileTypeRefused(InvalidInput):
    """`found`: what the content is, whatever the file is called."""

    name: str
    found: str

    says = "{name} is {found}; kept are PDF, JPEG, PNG and WebP."
    do = "Save it as a PDF, or take a photo of it."
    why = "The content decides, not the name: a file of another type may run something when it is opened."
    rule = "ATT-01"


@dataclass(eq=False)
class FileNameMisleads(InvalidInput):
    """A document under the name of a picture, or the other way round."""

    name: str
    found: str
    ending: str

    says = "{name} is {found}, not what its name says."
    do = "Look whether it is the right file. If it is, give its name the ending {ending} and attach it again."
    why = "A file under a wrong name is often the wrong file."
    rule = "ATT-01"


@dataclass(eq=False)
class FileDamaged(InvalidInput):
    name: str
    found: str
    problem: str

    says = "{name} is {found} that cannot be kept: it {problem}."
    do = "Open it yourself; save, scan or photograph it again, and attach the new file."


@dataclass(eq=False)
class PictureTooLarge(InvalidInput):
    name: str
    most_megapixels: int

    says = "{name} has more than {most_megapixels} million dots."
    do = "Make the picture smaller, or photograph the part that matters."
    rule = "ATT-02"


@dataclass(eq=False)
class CannotCarryFiles(InvalidInput):
    record_kind: str
    possible: tuple[str, ...]

    says = "Files cannot be attached to {record_kind!r}."
    do = "They belong to one of: {possible}."


@dataclass(eq=False)
class AttachmentAlreadyWithdrawn(Refusal):
    name: str

    says = "{name} was already withdrawn."
    do = "Nothing is left to do. To let it count again, attach it anew."
