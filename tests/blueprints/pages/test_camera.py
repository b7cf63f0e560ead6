"""Codes without a scanner: by the browser's camera, fed with a picture of a box, and by a photo that is sent."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageFilter
from pystrich.datamatrix import DataMatrixData, DataMatrixEncoder
from pystrich.gs1 import GS1Fixed, GS1Variable

from inventory.catalogue import recognising
from inventory.catalogue.recognising import LearnScan
from inventory.units import ORGANISATION

GTIN = "09506000134352"


def symbol(lot="L1", serial="SN1"):
    """A GS1 Data Matrix as on a box."""
    parts = (GS1Fixed("01", GTIN), GS1Fixed("17", "320131"), GS1Variable("10", lot), GS1Variable("21", serial))
    return DataMatrixEncoder(DataMatrixData.gs1(*parts)).get_pilimage(8).convert("L")


def photo_of(*symbols, size=(1280, 720)):
    """They lie turned on a grey table, not quite sharp."""
    table = Image.new("L", size, 150)
    for number, one in enumerate(symbols):
        table.paste(one.rotate(7, expand=True, fillcolor=255), (100 + 600 * number, 150))
    return table.filter(ImageFilter.GaussianBlur(1))


def _write_film(picture, path: Path) -> None:
    luma, *chroma = picture.convert("RGB").convert("YCbCr").split()
    half = (picture.width // 2, picture.height // 2)
    frame = luma.tobytes() + b"".join(part.resize(half).tobytes() for part in chroma)
    head = f"YUV4MPEG2 W{picture.width} H{picture.height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + frame) * 2)


def _jpeg(picture) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _words(page) -> str:
    main = page.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main).replace("&nbsp;", " "))


@pytest.mark.browser
@pytest.mark.only_on("sqlite", reason="what a browser sees is the same")
def test_the_camera_reads_a_box_under_the_strict_policy(
    chromium, served, clinic, password, tmp_path, product_id, make_lot, do, pharmacist
):
    from browser import ARGUMENTS  # noqa: PLC0415
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    make_lot(product_id)
    do(pharmacist, recognising.learn_scan, LearnScan(product_id, GTIN), scope=ORGANISATION)
    film = tmp_path / "box.y4m"
    _write_film(photo_of(symbol()), film)
    camera = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS + camera)
        page = browser.new_context(base_url=served).new_page()
        complaints, asked = [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/sign-in")
        page.fill("[name=sign_in_name]", "paula")
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{served}/")
        assert not any("zxing" in url or "camera_reader" in url for url in asked)  # only when the button is pressed
        page.get_by_role("link", name="Scan with the camera").click()
        page.get_by_role("heading", name="Lidocaine 20 mg/mL").wait_for()
        assert "SN1" in page.locator("main").inner_text()
        assert "\\x1d" in page.locator("main").inner_text()
        assert any(url.endswith("zxing_reader.wasm") for url in asked)
        assert all(url.startswith((served, "data:")) for url in asked)
        assert complaints == []
        browser.close()


@pytest.mark.browser
@pytest.mark.only_on("sqlite", reason="what a browser sees is the same")
def test_without_a_camera_the_dialog_offers_the_photo(screen, clinic):
    paula = screen("paula")
    paula.page.get_by_role("link", name="Scan with the camera").click()
    paula.page.get_by_text("No camera can be used here.").wait_for()
    assert paula.violations() == []
    paula.page.get_by_role("link", name="Take a photo instead").click()
    paula.page.get_by_role("heading", name="A photo of the code").wait_for()
    assert paula.violations() == []
    assert paula.complaints == []


def test_only_the_readers_own_file_may_run_webassembly(signed_in):
    paula = signed_in("paula")

    def may_run(address):
        with paula.get(address) as answer:
            return "'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]

    assert may_run("/static/js/camera_reader.js")
    for address in ("/", "/scans/photo", "/static/js/camera.js", "/static/vendor/zxing_reader.js"):
        assert not may_run(address)


def _send(browser, content, name="box.jpg"):
    return browser.send("/scans/photo", {"photo": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def test_a_photo_of_a_box_is_answered_as_a_scan(signed_in, product_id, do, pharmacist):
    do(pharmacist, recognising.learn_scan, LearnScan(product_id, GTIN), scope=ORGANISATION)
    page = _send(signed_in("paula"), _jpeg(photo_of(symbol())))
    assert page.status_code == 200
    assert "Lidocaine 20 mg/mL" in _words(page)
    assert "SN1" in _words(page)


def test_of_several_codes_in_a_photo_the_person_chooses(signed_in, clinic):
    page = _send(signed_in("paula"), _jpeg(photo_of(symbol("L1"), symbol("<b>L2"))))
    assert "Several codes are in the photo" in _words(page)
    assert page.text.count("Take this one") == 2
    assert "&lt;b&gt;L2" in page.text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"%PDF-1.4\n%%EOF\n", "box.pdf", "is no picture"),
        (b"%PDF-1.4\n%%EOF\n", "box.jpg", "box.jpg"),
        (b"hello", "box.jpg", "box.jpg"),
        (b"", "box.jpg", "box.jpg"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(signed_in, clinic, everything, content, name, said):
    paula = signed_in("paula")
    before = everything()
    page = _send(paula, content, name)
    assert page.status_code in (409, 422)
    assert said in page.text
    assert everything() == before


def test_a_picture_without_a_code_and_one_too_large_are_refused(signed_in, clinic):
    paula = signed_in("paula")
    empty = _send(paula, _jpeg(Image.new("L", (400, 300), 200)))
    assert "No code was found in box.jpg." in empty.text
    out = io.BytesIO()
    Image.new("1", (50_000, 2_000)).save(out, "PNG")
    assert _send(paula, out.getvalue(), "huge.png").status_code in (409, 422)
    assert paula.send("/scans/photo").status_code == 422


def test_an_installation_without_the_reader_says_so(signed_in, clinic, monkeypatch):
    paula = signed_in("paula")
    monkeypatch.setattr("inventory.photos._READER", "a_reader_that_is_not_installed")
    assert "cannot read codes from photos" in paula.get("/scans/photo").text
    page = _send(paula, _jpeg(photo_of(symbol())))
    assert page.status_code == 409
    assert "extra `photo`" in page.text
