"""The closed lists of words that tables and rules share. Pure: no SQLAlchemy, no rule.

A member's value is what is stored and what the API says; it is never renamed once released.
Sources: docs/glossary.md; domain enumerations from GS1, USP <797> and our own design.
"""

from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    PHARMACIST = "pharmacist"
    PRACTITIONER = "practitioner"
    ASSISTANT = "assistant"
    AUDITOR = "auditor"


class RulePack(StrEnum):
    """Which body of rules a site works by; adopted by signature."""

    US_797 = "us_797"
    EU_GENERIC = "eu_generic"
    UK_HMR2012 = "uk_hmr2012"


class MixingPlace(StrEnum):
    """Where a site mixes; decides the best lane it can claim (USP <797> 2023)."""

    TREATMENT_ROOM = "treatment_room"
    HOOD = "hood"
    CLEAN_ROOM = "clean_room"


class LocationKind(StrEnum):
    STORAGE = "storage"
    ROOM = "room"
    TRANSIT = "transit"
    SUPPLIER = "supplier"
    COMPOUNDING = "compounding"
    PATIENT = "patient"
    WASTE = "waste"
    EXTERNAL = "external"
    ADJUSTMENT = "adjustment"

    @property
    def is_real(self) -> bool:
        """Real places hold containers on hand; the rest are the boundary of the ledger."""
        return self in (LocationKind.STORAGE, LocationKind.ROOM)

    @property
    def is_inside(self) -> bool:
        """Where a container keeps what it holds: a real place, or the way to another site."""
        return self.is_real or self is LocationKind.TRANSIT


class Unit(StrEnum):
    """The unit that a product's amounts are kept in."""

    ML = "mL"
    MG = "mg"
    IU = "IU"
    PIECE = "piece"


class StrengthUnit(StrEnum):
    """The unit of the substance in a strength or a dose."""

    MG = "mg"
    MCG = "mcg"
    G = "g"
    IU = "IU"


class Tracking(StrEnum):
    """`each`: one container, its own remaining amount. `pack`: n whole pieces, never opened."""

    EACH = "each"
    PACK = "pack"


class ContainerKind(StrEnum):
    AMPOULE = "ampoule"
    SINGLE_DOSE_VIAL = "single_dose_vial"
    MULTI_DOSE_VIAL = "multi_dose_vial"
    PHARMACY_BULK_PACKAGE = "pharmacy_bulk_package"
    PREFILLED_SYRINGE = "prefilled_syringe"
    BAG = "bag"
    POWDER_VIAL = "powder_vial"
    COMPOUNDED_SINGLE = "compounded_single"
    COMPOUNDED_MULTI = "compounded_multi"
    KIT = "kit"


class RegulatoryClass(StrEnum):
    MEDICINE_AUTHORISED = "medicine_authorised"
    MEDICINE_UNLICENSED = "medicine_unlicensed"
    DEVICE_III = "device_iii"
    DEVICE_OTHER = "device_other"
    DEVICE_ANNEX_XVI = "device_annex_xvi"
    COSMETIC = "cosmetic"
    HOMEOPATHIC = "homeopathic"
    HUMAN_DERIVED = "human_derived"
    CONSUMABLE = "consumable"
    COMPOUNDED_HERE = "compounded_here"


class CodeScheme(StrEnum):
    GTIN = "gtin"
    HIBC = "hibc"
    NATIONAL = "national"
    ISBT_128 = "isbt128"
    OTHER = "other"


class LotOrigin(StrEnum):
    RECEIVED = "received"
    COMPOUNDED = "compounded"


class DeliveryLineKind(StrEnum):
    BOUGHT = "bought"
    FREE = "free"
    SAMPLE = "sample"
    CONSIGNMENT = "consignment"
    LOAN = "loan"


class DraftScanState(StrEnum):
    """Where a scan of a delivery in progress stands: taken into a line, or waiting for a person's answer."""

    TAKEN = "taken"
    ASKS_PRODUCT = "asks_product"  # what is this?
    ASKS_SAME_BOX = "asks_same_box"  # the second symbol of the box before? (SCN-15)
    ASKS_CONFLICT = "asks_conflict"  # the second symbol says something else
    ASKS_LOT = "asks_lot"  # the known lot that looks like it, or really another?
    ASKS_EXPIRY = "asks_expiry"  # one lot, two expiry dates
    UNDONE = "undone"

    @property
    def is_waiting(self) -> bool:
        return self not in (DraftScanState.TAKEN, DraftScanState.UNDONE)


class MovePurpose(StrEnum):
    """Why an amount moved; the columns of the mass balance (docs/decisions/0003)."""

    OPENING = "opening"
    RECEIVED = "received"
    FOUND = "found"
    PREPARED = "prepared"  # what compounding made; the counterpart of `compounded`

    COMPOUNDED = "compounded"
    ADMINISTERED = "administered"
    WASTED = "wasted"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    SAMPLED = "sampled"
    TRANSFERRED = "transferred"
    LOST = "lost"

    MOVED = "moved"  # between real places of one site: the whole remaining amount
    SPLIT = "split"  # out of one pack, into another of the same lot


class WasteReason(StrEnum):
    RESIDUAL = "residual"
    DEAD_VOLUME = "dead_volume"
    BROKEN = "broken"
    EXPIRED = "expired"
    IN_USE_OVER = "in_use_over"
    BEYOND_USE = "beyond_use"
    CONTAMINATED = "contaminated"
    EXCURSION = "excursion"
    RECALLED = "recalled"
    TRAINING = "training"
    PREPARATION_ERROR = "preparation_error"
    SESSION_CANCELLED = "session_cancelled"
    REFUSED = "refused"
    SPILLED = "spilled"
    LOST = "lost"
    DEMONSTRATION = "demonstration"
    QC_SAMPLE = "qc_sample"
    OTHER = "other"


class IdentifiedBy(StrEnum):
    """How the person told us which container it was; the certainty of a trace rests on it."""

    OUR_CODE = "our_code"
    MAKERS_CODE = "makers_code"
    SERIAL = "serial"
    BY_HAND = "by_hand"


class HoldKind(StrEnum):
    INCOMING = "incoming"
    QUALITY = "quality"
    EXCURSION = "excursion"
    RECALL = "recall"
    EVIDENCE = "evidence"
    UNIDENTIFIED = "unidentified"  # nobody can read which lot it is, or until when it lasts


class CheckOutcome(StrEnum):
    """The answer to one question of the checklist before release."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


class ReleaseVerdict(StrEnum):
    RELEASED = "released"
    REJECTED = "rejected"


class RejectedGoes(StrEnum):
    """Where what is rejected goes."""

    BACK = "back"
    DESTRUCTION = "destruction"


class RecordKind(StrEnum):
    COCKTAIL = "cocktail"
    RECONSTITUTION = "reconstitution"
    STOCK_BATCH = "stock_batch"


class Lane(StrEnum):
    """Under which conditions a preparation is made (USP <797> 2023; domain 1.2)."""

    ADMINISTER_ONLY = "administer_only"
    IMMEDIATE_USE = "immediate_use"
    CATEGORY_1 = "category_1"
    CATEGORY_2 = "category_2"
    CATEGORY_3 = "category_3"


class Method(StrEnum):
    ASEPTIC = "aseptic"
    TERMINAL = "terminal"


class Storage(StrEnum):
    ROOM_TEMPERATURE = "room_temperature"
    REFRIGERATOR = "refrigerator"
    FREEZER = "freezer"


class SessionEnding(StrEnum):
    COMPLETED = "completed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class SignatureMeaning(StrEnum):
    AUTHORED = "authored"
    PREPARED = "prepared"
    CHECKED = "checked"
    APPROVED = "approved"
    RELEASED = "released"
    ADMINISTERED = "administered"
    WITNESSED = "witnessed"
    REVIEWED = "reviewed"


class AttachmentKind(StrEnum):
    """What a file that is attached to a record shows."""

    CERTIFICATE = "certificate"
    PHOTO = "photo"
    DELIVERY_NOTE = "delivery_note"
    LETTER = "letter"
    OTHER = "other"


class FileType(StrEnum):
    """The types of file that are kept, by content."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"

    @property
    def is_picture(self) -> bool:
        return self is not FileType.PDF


class CredentialKind(StrEnum):
    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    OTHER = "other"


class EntryPurpose(StrEnum):
    """What happened in the cupboard. Five purposes demand exactly one document each (models/stock.py)."""

    OPENING = "opening"
    RECEIVED = "received"
    FOUND = "found"
    COMPOUNDED = "compounded"
    ADMINISTERED = "administered"
    WASTED = "wasted"
    DESTROYED = "destroyed"
    RETURNED = "returned"
    SAMPLED = "sampled"
    LOST = "lost"
    MOVED = "moved"
    SPLIT = "split"
    CORRECTED = "corrected"
    TRANSFERRED = "transferred"


class IngredientClass(StrEnum):
    """What a substance is, in the words people search by (domain 6.1)."""

    HYALURONIC_ACID_FREE = "hyaluronic_acid_free"
    HYALURONIC_ACID_CROSSLINKED = "hyaluronic_acid_crosslinked"
    POLYNUCLEOTIDE = "polynucleotide"
    VITAMIN_C = "vitamin_c"
    VITAMIN_E = "vitamin_e"
    VITAMIN_OTHER = "vitamin_other"
    ZINC = "zinc"
    SELENIUM = "selenium"
    MINERAL_OTHER = "mineral_other"
    AMINO_ACID = "amino_acid"
    ANTIOXIDANT = "antioxidant"
    PHOSPHATIDYLCHOLINE_DEOXYCHOLATE = "phosphatidylcholine_deoxycholate"
    CAFFEINE = "caffeine"
    LIPOLYTIC_OTHER = "lipolytic_other"
    PLANT_EXTRACT = "plant_extract"
    HAIR_RESTORATION = "hair_restoration"
    DEPIGMENTING = "depigmenting"
    ANAESTHETIC = "anaesthetic"
    ENZYME = "enzyme"
    TOXIN = "toxin"
    DILUENT = "diluent"
    OTHER = "other"


class ProductFlagKind(StrEnum):
    """What a product contains that a patient may not tolerate (domain 6.4) or a mixture may not (6.5)."""

    SOY = "soy"
    EGG = "egg"
    FISH = "fish"
    BENZYL_ALCOHOL = "benzyl_alcohol"
    SULFITE = "sulfite"
    PARABEN = "paraben"
    AMIDE_ANAESTHETIC = "amide_anaesthetic"
    ESTER_ANAESTHETIC = "ester_anaesthetic"
    SALICYLATE = "salicylate"
    BOVINE = "bovine"
    OVINE = "ovine"
    HUMAN_DERIVED = "human_derived"
    THIOMERSAL = "thiomersal"
    LATEX = "latex"
    GRAM_POSITIVE_PROTEIN = "gram_positive_protein"
    HYALURONIDASE = "hyaluronidase"
    NICKEL = "nickel"
    ASTERACEAE = "asteraceae"

    ACIDIC = "acidic"
    ALKALINE = "alkaline"
    OXIDISER = "oxidiser"
    REDUCER = "reducer"
    QUATERNARY_AMMONIUM = "quaternary_ammonium"
    COPPER_OR_IRON = "copper_or_iron"
    CALCIUM = "calcium"
    PHOSPHATE_OR_BICARBONATE = "phosphate_or_bicarbonate"

    @property
    def is_about_mixing(self) -> bool:
        """Chemistry of a mixture; the others are about the patient."""
        return self in _ABOUT_MIXING


_ABOUT_MIXING = frozenset(
    {
        ProductFlagKind.ACIDIC,
        ProductFlagKind.ALKALINE,
        ProductFlagKind.OXIDISER,
        ProductFlagKind.REDUCER,
        ProductFlagKind.QUATERNARY_AMMONIUM,
        ProductFlagKind.COPPER_OR_IRON,
        ProductFlagKind.CALCIUM,
        ProductFlagKind.PHOSPHATE_OR_BICARBONATE,
    }
)


class PatientFlagKind(StrEnum):
    """What a patient is asked (domain 6.4). What a product may contain has the value of its `ProductFlagKind`."""

    SOY = "soy"
    EGG = "egg"
    FISH = "fish"
    BENZYL_ALCOHOL = "benzyl_alcohol"
    SULFITE = "sulfite"
    PARABEN = "paraben"
    AMIDE_ANAESTHETIC = "amide_anaesthetic"
    ESTER_ANAESTHETIC = "ester_anaesthetic"
    SALICYLATE = "salicylate"
    BOVINE = "bovine"
    OVINE = "ovine"
    HUMAN_DERIVED = "human_derived"
    THIOMERSAL = "thiomersal"
    LATEX = "latex"
    GRAM_POSITIVE_PROTEIN = "gram_positive_protein"
    HYALURONIDASE = "hyaluronidase"
    NICKEL = "nickel"
    ASTERACEAE = "asteraceae"

    PREGNANCY = "pregnancy"
    LACTATION = "lactation"
    UNDER_18 = "under_18"
    INFECTION_AT_SITE = "infection_at_site"
    SEVERE_ILLNESS = "severe_illness"
    IMMUNOSUPPRESSION = "immunosuppression"
    ANTICOAGULANT_OR_CHEMOTHERAPY = "anticoagulant_or_chemotherapy"
    CANCER = "cancer"
    DIABETES = "diabetes"
    CARDIAC_DISEASE_OR_PACEMAKER = "cardiac_disease_or_pacemaker"
    GALLSTONES = "gallstones"
    BODY_MASS_INDEX_OVER_30 = "body_mass_index_over_30"
    SEVERE_ALLERGIES = "severe_allergies"
    BLEEDING_DISORDER = "bleeding_disorder"
    G6PD_DEFICIENCY = "g6pd_deficiency"
    ASTHMA = "asthma"
    PRIOR_FILLER_IN_AREA = "prior_filler_in_area"

    @property
    def is_allergy(self) -> bool:
        """Of something a product may contain; the others are conditions."""
        return self.value in set(ProductFlagKind)


class IncompatibilityLevel(StrEnum):
    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class SelectorKind(StrEnum):
    """What one side of an incompatibility rule looks at."""

    SUBSTANCE = "substance"
    INGREDIENT_CLASS = "ingredient_class"
    FLAG = "flag"


class CountMethod(StrEnum):
    """How somebody counted. `absent`: looked for, not there; `stranger`: there, and unknown or of another site."""

    SEEN = "seen"
    MEASURED = "measured"
    NUMBER = "number"
    ABSENT = "absent"
    STRANGER = "stranger"


class TransferAsk(StrEnum):
    """How a site asked for a transfer: please send it, or it is here already and must be booked."""

    PLEASE_SEND = "please_send"
    IT_IS_HERE = "it_is_here"


class Arrival(StrEnum):
    """What became of a container on its way to another site."""

    ARRIVED = "arrived"
    DAMAGED = "damaged"
    LOST = "lost"


class ImportKind(StrEnum):
    """What the rows of an imported table become."""

    SUPPLIERS = "suppliers"
    PRODUCTS = "products"
    OPENING_STOCK = "opening_stock"


class LabelKind(StrEnum):
    """What a label is stuck on, or says."""

    CONTAINER = "container"
    OPENED = "opened"
    SYRINGE = "syringe"
    BATCH = "batch"
    PLACE = "place"
    HOLD = "hold"
    RECALL = "recall"


class LabelLanguage(StrEnum):
    """Of the fixed words on labels."""

    ENGLISH = "en"
    FRENCH = "fr"
    SPANISH = "es"
    ITALIAN = "it"
    GERMAN = "de"
    PORTUGUESE = "pt"
