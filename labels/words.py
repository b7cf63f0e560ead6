"""The fixed words on labels, by language. Written by us and not yet read by a native pharmacist: unverified.

English is what the others are compared with: each has exactly its keys. Dates and units are the same in all.
"""

from collections.abc import Mapping
from types import MappingProxyType

IS_VERIFIED = False  # for every language but English

_ENGLISH = {
    "lot": "LOT",
    "expires": "EXP",
    "use_before": "USE BEFORE",
    "discard_after": "DISCARD AFTER",
    "session_only": "DISCARD AFTER THIS SESSION",
    "opened": "Opened",
    "by": "by",
    "born": "born",
    "kept_for": "Only for patient",
    "patient": "Patient",
    "name_in_record": "name: see record",
    "total": "Total",
    "record": "No.",
    "prepared": "Prepared",
    "checked": "checked",
    "not_checked": "not checked",
    "never": "DO NOT USE: no time is known",
    "contains": "CONTAINS",
    "ingredients": "{count} ingredients: see record",
    "containers": "containers",
    "not_intravenous": "NOT FOR IV USE",
    "blocked": "BLOCKED · DO NOT USE",
    "recalled": "RECALLED · DO NOT USE",
    "since": "since",
    "demo": "DEMO",
}
_FRENCH = {
    "lot": "LOT",
    "expires": "EXP",
    "use_before": "À UTILISER AVANT",
    "discard_after": "JETER APRÈS",
    "session_only": "JETER APRÈS CETTE SÉANCE",
    "opened": "Ouvert",
    "by": "par",
    "born": "né(e)",
    "kept_for": "Seulement pour le patient",
    "patient": "Patient",
    "name_in_record": "nom : voir dossier",
    "total": "Total",
    "record": "N°",
    "prepared": "Préparé",
    "checked": "contrôlé",
    "not_checked": "non contrôlé",
    "never": "NE PAS UTILISER : durée inconnue",
    "contains": "CONTIENT",
    "ingredients": "{count} composants : voir dossier",
    "containers": "contenants",
    "not_intravenous": "PAS EN INTRAVEINEUX",
    "blocked": "BLOQUÉ · NE PAS UTILISER",
    "recalled": "RAPPELÉ · NE PAS UTILISER",
    "since": "depuis",
    "demo": "DÉMO",
}
_SPANISH = {
    "lot": "LOTE",
    "expires": "CAD",
    "use_before": "USAR ANTES DE",
    "discard_after": "DESECHAR DESPUÉS DE",
    "session_only": "DESECHAR TRAS ESTA SESIÓN",
    "opened": "Abierto",
    "by": "por",
    "born": "nac.",
    "kept_for": "Solo para el paciente",
    "patient": "Paciente",
    "name_in_record": "nombre: ver registro",
    "total": "Total",
    "record": "N.º",
    "prepared": "Preparado",
    "checked": "comprobado",
    "not_checked": "sin comprobar",
    "never": "NO USAR: plazo desconocido",
    "contains": "CONTIENE",
    "ingredients": "{count} componentes: ver registro",
    "containers": "envases",
    "not_intravenous": "NO INTRAVENOSO",
    "blocked": "BLOQUEADO · NO USAR",
    "recalled": "RETIRADO · NO USAR",
    "since": "desde",
    "demo": "DEMO",
}
_ITALIAN = {
    "lot": "LOTTO",
    "expires": "SCAD",
    "use_before": "USARE ENTRO",
    "discard_after": "ELIMINARE DOPO",
    "session_only": "ELIMINARE DOPO QUESTA SEDUTA",
    "opened": "Aperto",
    "by": "da",
    "born": "nato/a",
    "kept_for": "Solo per il paziente",
    "patient": "Paziente",
    "name_in_record": "nome: vedi scheda",
    "total": "Totale",
    "record": "N.",
    "prepared": "Preparato",
    "checked": "controllato",
    "not_checked": "non controllato",
    "never": "NON USARE: termine ignoto",
    "contains": "CONTIENE",
    "ingredients": "{count} componenti: vedi scheda",
    "containers": "contenitori",
    "not_intravenous": "NON ENDOVENOSO",
    "blocked": "BLOCCATO · NON USARE",
    "recalled": "RICHIAMATO · NON USARE",
    "since": "dal",
    "demo": "DEMO",
}
_GERMAN = {
    "lot": "CH.-B.",
    "expires": "VERW. BIS",
    "use_before": "VERWENDEN BIS",
    "discard_after": "ENTSORGEN NACH",
    "session_only": "NACH DIESER SITZUNG ENTSORGEN",
    "opened": "Angebrochen",
    "by": "von",
    "born": "geb.",
    "kept_for": "Nur für Patient",
    "patient": "Patient",
    "name_in_record": "Name: siehe Akte",
    "total": "Gesamt",
    "record": "Nr.",
    "prepared": "Hergestellt",
    "checked": "geprüft",
    "not_checked": "nicht geprüft",
    "never": "NICHT VERWENDEN: Frist unbekannt",
    "contains": "ENTHÄLT",
    "ingredients": "{count} Bestandteile: siehe Protokoll",
    "containers": "Behältnisse",
    "not_intravenous": "NICHT INTRAVENÖS",
    "blocked": "GESPERRT · NICHT VERWENDEN",
    "recalled": "RÜCKRUF · NICHT VERWENDEN",
    "since": "seit",
    "demo": "DEMO",
}
_PORTUGUESE = {
    "lot": "LOTE",
    "expires": "VAL",
    "use_before": "USAR ANTES DE",
    "discard_after": "ELIMINAR APÓS",
    "session_only": "ELIMINAR APÓS ESTA SESSÃO",
    "opened": "Aberto",
    "by": "por",
    "born": "nasc.",
    "kept_for": "Só para o doente",
    "patient": "Doente",
    "name_in_record": "nome: ver registo",
    "total": "Total",
    "record": "N.º",
    "prepared": "Preparado",
    "checked": "verificado",
    "not_checked": "não verificado",
    "never": "NÃO USAR: prazo desconhecido",
    "contains": "CONTÉM",
    "ingredients": "{count} componentes: ver registo",
    "containers": "recipientes",
    "not_intravenous": "NÃO INTRAVENOSO",
    "blocked": "BLOQUEADO · NÃO USAR",
    "recalled": "RECOLHIDO · NÃO USAR",
    "since": "desde",
    "demo": "DEMO",
}

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {"en": "English", "fr": "Français", "es": "Español", "it": "Italiano", "de": "Deutsch", "pt": "Português"}
)
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": _ENGLISH, "fr": _FRENCH, "es": _SPANISH, "it": _ITALIAN, "de": _GERMAN, "pt": _PORTUGUESE}
)

_ORDER = ("en", "fr", "es", "it", "de", "pt")
# Code -> its word in the order of the languages above.
_CODED: dict[str, tuple[str, ...]] = {
    # what a patient may not tolerate
    "soy": ("soya", "soja", "soja", "soia", "Soja", "soja"),
    "egg": ("egg", "œuf", "huevo", "uovo", "Ei", "ovo"),
    "fish": ("fish", "poisson", "pescado", "pesce", "Fisch", "peixe"),
    "benzyl_alcohol": ("benzyl alcohol", "alcool benzylique", "alcohol bencílico", "alcol benzilico", "Benzylalkohol", "álcool benzílico"),
    "sulfite": ("sulfites", "sulfites", "sulfitos", "solfiti", "Sulfite", "sulfitos"),
    "paraben": ("parabens", "parabènes", "parabenos", "parabeni", "Parabene", "parabenos"),
    "amide_anaesthetic": ("amide anaesthetic", "anesthésique amide", "anestésico amida", "anestetico amidico", "Amid-Anästhetikum", "anestésico amida"),
    "ester_anaesthetic": ("ester anaesthetic", "anesthésique ester", "anestésico éster", "anestetico estereo", "Ester-Anästhetikum", "anestésico éster"),
    "salicylate": ("salicylate", "salicylate", "salicilato", "salicilato", "Salicylat", "salicilato"),
    "bovine": ("bovine material", "matière bovine", "material bovino", "materiale bovino", "Material vom Rind", "material bovino"),
    "ovine": ("ovine material", "matière ovine", "material ovino", "materiale ovino", "Material vom Schaf", "material ovino"),
    "human_derived": ("human material", "matière humaine", "material humano", "materiale umano", "Material vom Menschen", "material humano"),
    "thiomersal": ("thiomersal", "thiomersal", "tiomersal", "tiomersale", "Thiomersal", "tiomersal"),
    "latex": ("latex", "latex", "látex", "lattice", "Latex", "látex"),
    "gram_positive_protein": ("gram-positive protein", "protéine gram positif", "proteína grampositiva", "proteina gram-positiva", "grampositives Protein", "proteína gram-positiva"),
    "hyaluronidase": ("hyaluronIDASE", "hyaluronIDASE", "hialuronIDASA", "ialuronIDASI", "HyaluronIDASE", "hialuronIDASE"),
    "nickel": ("nickel", "nickel", "níquel", "nichel", "Nickel", "níquel"),
    "asteraceae": ("Asteraceae", "astéracées", "asteráceas", "asteracee", "Korbblütler", "asteráceas"),
    # where it is kept
    "room_temperature": ("Store at 20–25 °C", "À conserver à 20–25 °C", "Conservar a 20–25 °C", "Conservare a 20–25 °C", "Bei 20–25 °C lagern", "Conservar a 20–25 °C"),
    "refrigerator": ("Store at 2–8 °C", "À conserver à 2–8 °C", "Conservar a 2–8 °C", "Conservare a 2–8 °C", "Bei 2–8 °C lagern", "Conservar a 2–8 °C"),
    "freezer": ("Store frozen", "À conserver congelé", "Conservar congelado", "Conservare congelato", "Tiefgekühlt lagern", "Conservar congelado"),
    # why it is blocked
    "incoming": ("waiting for release", "en attente de libération", "pendiente de liberación", "in attesa di rilascio", "wartet auf Freigabe", "aguarda libertação"),
    "quality": ("quality doubt", "doute sur la qualité", "duda de calidad", "dubbio di qualità", "Qualitätszweifel", "dúvida de qualidade"),
    "unidentified": ("not identified", "non identifié", "sin identificar", "non identificato", "nicht identifiziert", "não identificado"),
    "excursion": ("temperature", "température", "temperatura", "temperatura", "Temperatur", "temperatura"),
    "recall": ("recall", "rappel", "retirada", "richiamo", "Rückruf", "recolha"),
    "evidence": ("evidence: do not move", "preuve : ne pas déplacer", "prueba: no mover", "prova: non spostare", "Beweis: nicht bewegen", "prova: não mover"),
}  # fmt: skip


def coded(code: str, language: str) -> str:
    """The word for a stored code. An unknown one is an error of programming: nothing is left out silently."""
    return _CODED[code][_ORDER.index(language)]


def known_codes() -> frozenset[str]:
    return frozenset(_CODED)
