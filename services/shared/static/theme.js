// Light or dark: what the reader chose, else what the system says. A plain script in the head, so that nothing flashes.
(() => {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("theme") ?? (system.matches ? "dark" : "light");
  const apply = () => { document.documentElement.dataset.theme = chosen(); };
  system.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    localStorage.setItem("theme", chosen() === "dark" ? "light" : "dark");
    apply();
  });
  apply();
})();
