// Emotion writes its rules into constructed style sheets, so that the Content-Security-Policy need
// not allow inline styles.
import createCache from '@emotion/cache';
import { StyleSheet } from '@emotion/sheet';

// When a sheet changes, a browser matches its rules with the whole page again, so the first dialog would take as long
// as the page. Therefore, a sheet with this many rules is closed after it has been rendered, and later rules go into a
// new sheet.
const ENOUGH = 32;

class Constructed extends StyleSheet {
	private sheets: CSSStyleSheet[] = [];
	private open: CSSStyleSheet | undefined;

	// Global styles come before component styles, which override them.
	private begin(): CSSStyleSheet {
		const sheet = new CSSStyleSheet();
		// An assignment of all sheets would make the browser compare them again.
		if (this.key.endsWith('-global')) document.adoptedStyleSheets.unshift(sheet);
		else document.adoptedStyleSheets.push(sheet);
		this.sheets.push(sheet);
		return sheet;
	}

	override insert(rule: string): void {
		const sheet = (this.open ??= this.begin());
		try {
			sheet.insertRule(rule, sheet.cssRules.length);
		} catch {
			// As in Emotion, rules with selectors for other browsers are ignored.
		}
		if (sheet.cssRules.length === ENOUGH)
			requestAnimationFrame(() => {
				this.open = undefined;
			});
	}

	override hydrate(): void {}

	override flush(): void {
		document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !this.sheets.includes(sheet));
		this.sheets = [];
		this.open = undefined;
	}
}

export const styles = createCache({ key: 'css' });
styles.sheet = new Constructed({ key: 'css', container: document.head });
