"""The page as a browser shows it: headless Chromium, at the width of a phone and of a desk."""

import shutil
from dataclasses import replace

import pytest

from inverse.experiments.document import Column, Spread, Table
from inverse.experiments.writing import write_page
from tests.experiments.reports import report

FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
    "disable-background-networking", "disable-component-update", "disable-sync",
)  # fmt: skip

WIDE = Table(
    "wide",
    "Wider than any window.",
    tuple(Column(f"column {i}", "%") for i in range(30)),
    (("a-word-without-any-space" * 8, *(Spread(12.3, 4.5, 6) for _ in range(29))),),
)


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    window = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield window
    window.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with everything: two reports, a table wider than any window, words without breaks."""
    made = report()
    long = replace(
        made,
        title="Withoutaplacetobreak" * 12,
        tables=(WIDE, *made.tables),
        settings={"hash": "0123456789abcdef" * 40},
    )
    path = tmp_path_factory.mktemp("page") / "index.html"
    write_page([made, long], path)
    return path.as_uri()


@pytest.fixture(params=[390, 1400])
def width(request):
    return request.param


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture
def opened(browser, address, width, scheme):
    """The page in a window of this width, of a user who prefers this scheme."""
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(address)
    return browser


def test_no_complaint_and_nothing_loaded(opened):
    assert opened.get_log("browser") == []
    loaded = "return performance.getEntriesByType('resource').map(e => e.name)"
    assert [name for name in opened.execute_script(loaded) if not name.startswith("data:")] == []


def test_the_page_is_as_wide_as_its_window(opened, width):
    for details in ("false", "true"):
        opened.execute_script(
            f"document.querySelectorAll('details').forEach(d => d.open = {details})"
        )
        found = opened.execute_script(
            "return [innerWidth, document.documentElement.scrollWidth, document.body.scrollWidth]"
        )
        assert found[0] == width
        assert max(found[1:]) <= width


def test_wide_tables_and_pictures_scroll_in_their_box(opened, width):
    boxes = opened.execute_script(
        "return [...document.querySelectorAll('.box')].map("
        "b => [b.scrollWidth - b.clientWidth, b.getBoundingClientRect().right])"
    )
    assert max(right for _, right in boxes) <= width
    assert max(hidden for hidden, _ in boxes) > 0


def test_every_picture_is_decoded(opened):
    found = opened.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.clientWidth])"
    )
    assert [(complete, natural) for complete, natural, _ in found] == [(True, 1600), (True, 12)] * 2
    # none is larger than it is
    assert all(0 < shown <= natural for _, natural, shown in found)


def test_words_stand_out_from_the_paper(opened, scheme):
    """WCAG 2.1, 1.4.3: a contrast of at least 4.5 for all words, and the scheme asked for."""
    paper, *inks = opened.execute_script(
        "const color = e => getComputedStyle(e).color.match(/\\d+/g).slice(0, 3).map(Number);"
        "const paper = getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number);"
        "return [paper, ...['p', 'h3', 'figcaption', 'a', 'data', 'summary', '.unit']"
        ".map(name => color(document.querySelector(name)))]"
    )
    assert (luminance(paper[:3]) > 0.5) == (scheme == "light")
    for ink in inks:
        low, high = sorted((luminance(ink), luminance(paper[:3])))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def luminance(color):
    """Relative luminance of an sRGB color, as WCAG defines it."""
    linear = [
        v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4
        for v in (level / 255 for level in color)
    ]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
