// Draws each diagram in the colours of the page, and again when these change.
const night = matchMedia("(prefers-color-scheme: dark)");
const blocks = [...document.querySelectorAll(".mermaid pre")].map((pre) => ({ place: pre.parentElement, text: pre.textContent }));

async function draw() {
  const chosen = document.body.dataset.theme;
  const dark = chosen === "dark" || (chosen !== "light" && night.matches);
  mermaid.initialize({ startOnLoad: false, theme: dark ? "dark" : "neutral", fontFamily: "inherit" });
  for (const [number, { place, text }] of blocks.entries()) {
    const heading = place.closest("section")?.querySelector("h1, h2, h3")?.firstChild.textContent ?? "Diagram";
    const { svg } = await mermaid.render(`diagram-${number}`, text);
    place.innerHTML = svg;
    const drawing = place.firstElementChild;
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", heading);
    drawing.style.minWidth = `min(34rem, ${drawing.style.maxWidth})`; // a wide one scrolls on a phone, rather than shrink
  }
}

let drawn = draw();
const again = () => { drawn = drawn.then(draw); };
night.addEventListener("change", again);
new MutationObserver(again).observe(document.body, { attributeFilter: ["data-theme"] });
