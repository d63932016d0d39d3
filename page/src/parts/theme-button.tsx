/** Light, dark, or as the system has it. The choice is remembered in this browser. */
import { useLayoutEffect, useState } from "preact/hooks";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const key = "gantry-theme";

function stored(): Theme {
  try {
    return themes.find((one) => one === localStorage.getItem(key)) ?? "system";
  } catch {
    return "system";
  }
}

export function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(stored);
  useLayoutEffect(() => {
    document.documentElement.dataset["theme"] = theme;
    try {
      localStorage.setItem(key, theme);
    } catch {
      // a browser that stores nothing: the choice lasts as long as the page
    }
    dispatchEvent(new Event("gantry-theme"));
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  return <button type="button" class="quiet theme" onClick={() => setTheme(next)} aria-label={`colours: ${theme}; change to ${next}`}>{{ system: "◐", light: "☀", dark: "☾" }[theme]}</button>;
}
