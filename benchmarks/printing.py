"""1,000 mixed labels against a bare loop of ReportLab and pyStrich. Aim: at most 1.5 times as long.

The loop knows where everything stands: it draws the same texts at the same places in the same sizes, and the same
symbols, without laying anything out. What is asked is what the layout costs.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Sequence

from pystrich.datamatrix import DataMatrixEncoder
from reportlab.pdfgen.canvas import Canvas

from inventory.rules.codes import CodeKind, make_code
from labels.contents import ContainerLabel, Content, HoldLabel, Ingredient, OpenedLabel, PlaceLabel, SyringeLabel
from labels.designs import designs_of
from labels.layout import POINTS_A_MM, Placed, place
from labels.lettering import font_name
from labels.media import BY_CODE
from labels.rendering import box_of, render_labels
from labels.symbols import symbol_of

MEDIUM = BY_CODE["brother-62x29"]
ROUNDS = 5


def mixed(count: int) -> list[Content]:
    dice = random.Random(1)
    return [_label(number, make_code(CodeKind.CONTAINER, dice.getrandbits)) for number in range(count)]


def _label(number: int, code: str) -> Content:
    lot, name = f"LX{number:05}", f"Patient Number {number}"
    mixture = (Ingredient("Hyaluronic acid 20 mg/mL", "2 mL", lot), Ingredient("Lidocaine 20 mg/mL", "0.5 mL", lot))
    kinds: tuple[Content, ...] = (
        ContainerLabel("Lidocaine 20 mg/mL", "10 mL", lot, "2032-01-31", code),
        OpenedLabel("Lidocaine 20 mg/mL", "2031-03-31 23:59", "2031-03-03 09:30", "Peter P.", lot, code),
        SyringeLabel(
            None, name, "1984-05-06", "Cocktail", mixture, "2.5 mL", "2031-03-03 13:30", "2031-03-03 09:30",
            "Peter P.", "Paula P.", code, code, ("amide_anaesthetic",),
        ),
        HoldLabel("quality", f"cloudy, vial {number}", "Lidocaine 20 mg/mL", lot, "2031-03-03 09:30", "Anna A.", code),
        PlaceLabel(f"Fridge {number}", "Harbour", code),
    )  # fmt: skip
    return kinds[number % len(kinds)]


def bare(placed: Sequence[Placed]) -> bytes:
    box, stream = box_of(MEDIUM), io.BytesIO()
    width, height = (float(length) * POINTS_A_MM for length in (MEDIUM.page_width, MEDIUM.page_height))
    canvas = Canvas(stream, pagesize=(width, height), invariant=1, pageCompression=1)
    top = height - box.y
    for each in placed:
        symbol, module = each.symbol, each.symbol.module
        path = canvas.beginPath()
        for x, y, across, down in DataMatrixEncoder(symbol.symbol.text, quiet_zone=0).get_rect_marks().marks:
            path.rect(
                box.x + symbol.x + x * module, top - symbol.y - (y + down) * module, across * module, down * module
            )
        canvas.drawPath(path, stroke=0, fill=1)
        if each.bar:
            canvas.rect(box.x, top - each.bar, box.width, each.bar, stroke=0, fill=1)
        for line in each.lines:
            canvas.setFillGray(1 if line.is_white else 0)
            canvas.setFont(font_name(is_bold=line.is_bold), line.size)
            canvas.drawString(box.x + line.x, top - line.baseline, line.text)
        canvas.setFillGray(0)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def seconds(work: Callable[[], bytes]) -> float:
    symbol_of.cache_clear()  # each of the labels is new to us as well
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1_000)
    count = parser.parse_args().labels
    labels = mixed(count)
    placed = [place(designs_of(label), box_of(MEDIUM)) for label in labels]
    ours, theirs = [], []
    for _ in range(ROUNDS):  # in turns, so that a busy machine slows both
        theirs.append(seconds(lambda: bare(placed)))
        ours.append(seconds(lambda: render_labels(labels, MEDIUM)))
    print(f"{count} labels  bare loop {min(theirs):.3f} s  ours {min(ours):.3f} s  ratio {min(ours) / min(theirs):.2f}")


if __name__ == "__main__":
    main()
