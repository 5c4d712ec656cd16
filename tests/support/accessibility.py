"""
What of WCAG 2.2 AA a machine can judge on our own pages, in the page itself.

A script in the page collects facts; here they are judged. What only a person can judge (whether a text is
understood) stays with the reviewer of the screenshots.
"""

_CONTRAST_NORMAL = 4.5
_CONTRAST_LARGE = 3.0
_SMALLEST_TARGET = 24

FACTS = """
() => {
  const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => {
    const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const name = e => (e.getAttribute('aria-label')
    || (e.labels && [...e.labels].map(l => l.textContent).join(' '))
    || e.textContent || e.alt || '').trim();
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const read = walker.currentNode.textContent.trim() && !e.closest('[aria-hidden=true], .skip');
    if (!read || !shown(e)) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    texts.push({
      text: walker.currentNode.textContent.trim().slice(0, 40),
      contrast: contrast(rgb(style.color), behind(e)),
      large: size >= 24 || (size >= 18.66 && style.fontWeight >= 700),
    });
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  const references = [...document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]')]
    .flatMap(e => ['aria-describedby', 'aria-labelledby', 'for'].map(n => e.getAttribute(n) || ''))
    .flatMap(v => v.split(' ')).filter(Boolean);
  return {
    language: document.documentElement.lang,
    title: document.title,
    viewport: document.querySelector('meta[name=viewport]')?.content,
    headings: [...document.querySelectorAll('h1, h2, h3, h4')].map(e => Number(e.tagName[1])),
    landmarks: ['header', 'main', 'footer'].filter(n => document.querySelectorAll(n).length === 1),
    repeatedIds: ids.filter((id, at) => ids.indexOf(id) !== at),
    danglingReferences: references.filter(id => !ids.includes(id)),
    unnamed: [...document.querySelectorAll('a, button, input:not([type=hidden])')]
      .filter(e => shown(e) && !e.closest('[aria-hidden=true]') && !name(e)).map(e => e.outerHTML),
    imagesWithoutAlt: [...document.images].filter(e => !e.hasAttribute('alt')).map(e => e.src),
    smallTargets: [...document.querySelectorAll('button, input:not([type=hidden]), .button')]
      .filter(e => shown(e) && e.getAttribute('aria-hidden') !== 'true')
      .map(e => [name(e), e.getBoundingClientRect().height]),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    texts,
  };
}
"""


def problems(page):
    """What is wrong with the page that is shown; empty when nothing is."""
    facts = page.evaluate(FACTS)
    found = []
    if facts["language"] != "en":
        found.append("the language is not declared (3.1.1)")
    if not facts["title"].strip(" ·"):
        found.append("there is no title (2.4.2)")
    if "maximum-scale" in facts["viewport"] or "user-scalable" in facts["viewport"]:
        found.append("zooming is hindered (1.4.4)")
    if facts["headings"].count(1) != 1 or facts["headings"][0] != 1:
        found.append("there is not one h1 that comes first (1.3.1)")
    steps = zip(facts["headings"], facts["headings"][1:], strict=False)
    if any(later > earlier + 1 for earlier, later in steps):
        found.append(f"a heading level is skipped: {facts['headings']} (1.3.1)")
    if facts["landmarks"] != ["header", "main", "footer"]:
        found.append(f"landmarks are missing or repeated: {facts['landmarks']} (1.3.1)")
    for name in ("repeatedIds", "danglingReferences", "unnamed", "imagesWithoutAlt"):
        found += [f"{name}: {what}" for what in facts[name]]
    found += [
        f"contrast {text['contrast']:.2f} of {text['text']!r} (1.4.3)"
        for text in facts["texts"]
        if text["contrast"] < (_CONTRAST_LARGE if text["large"] else _CONTRAST_NORMAL)
    ]
    found += [
        f"{name!r} is {height} px high (2.5.8)"
        for name, height in facts["smallTargets"]
        if height < _SMALLEST_TARGET
    ]
    if facts["overflow"] > 0:
        found.append(f"the page is {facts['overflow']} px wider than the screen (1.4.10)")
    return found
