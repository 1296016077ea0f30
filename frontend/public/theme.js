// Runs before the first paint, so that a chosen theme never flashes the other one. Kept out of the page: its CSP has no inline script.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme stands.
}
