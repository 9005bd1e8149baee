"""What the eye would see of a page, asked of the browser: contrasts, overlaps, what leaves the page."""

# Text whose contrast with what is behind it is too low (WCAG 2.2 AA: 4.5, large text 3), as [text, ratio].
FAINT = r"""
(() => {
  const parsed = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [.2126, .7152, .0722][at], 0);
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parsed(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), element = walker.currentNode.parentElement, style = getComputedStyle(element);
    if (!text || !element.checkVisibility({visibilityProperty: true}) || element.closest('title')) continue;
    const colour = parsed(style.color);
    if (colour[3] === 0) continue;
    const [low, high] = [light(colour), light(behind(element))].sort((a, b) => a - b), ratio = (high + .05) / (low + .05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 600);
    if (ratio < (large ? 3 : 4.5)) found.push([text, Math.round(ratio * 100) / 100]);
  }
  return found;
})()
"""
# How many pieces of text were looked at: a check of nothing would pass.
TEXTS = "document.body.innerText.split(/\\s+/).length"
# Elements that reach beyond the page's right or left edge, but for those meant for readers alone.
OUTSIDE = r"""
[...document.querySelectorAll('body *')].filter(each => {
  const place = each.getBoundingClientRect();
  const apart = each.closest('.fold, .unseen, details:not([open]) > :not(summary)');
  return each.checkVisibility({visibilityProperty: true}) && place.width > 1 && !apart
    && (place.right > innerWidth + .5 || place.left < -.5);
}).map(each => each.outerHTML.slice(0, 120))
"""
# Labels of one chart that lie upon each other.
OVERLAPS = r"""
[...document.querySelectorAll('.below, .chart .left, .ends, .heat thead tr, .parts, .line')].flatMap(group => {
  const labels = [...group.querySelectorAll('span, b')].filter(each => each.checkVisibility({visibilityProperty: true})
    && each.innerText.trim() && !each.closest('.unseen') && ![...each.children].some(child => child.matches('span, b')));
  return labels.flatMap((one, at) => labels.slice(at + 1).map(other => {
    const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left), down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    return across > 1 && down > 3 ? one.innerText + ' | ' + other.innerText : '';
  }).filter(Boolean));
})
"""
WIDTH = "document.documentElement.scrollWidth"
PAPER = "getComputedStyle(document.documentElement).backgroundColor"
FOCUSED = """
(() => {
  const each = document.activeElement, style = getComputedStyle(each);
  return each === document.body ? null : [each.tagName, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
})()
"""
