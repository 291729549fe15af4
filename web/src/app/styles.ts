// Emotion writes its rules into a constructed style sheet, so that the Content-Security-Policy need
// not allow inline styles.
import createCache from '@emotion/cache';
import { StyleSheet } from '@emotion/sheet';

class Constructed extends StyleSheet {
	private sheet = new CSSStyleSheet();

	// The first sheet holds the components' styles. Global styles go before it, so that components
	// override them.
	override insert(rule: string): void {
		if (!document.adoptedStyleSheets.includes(this.sheet))
			document.adoptedStyleSheets = [this.sheet, ...document.adoptedStyleSheets];
		try {
			this.sheet.insertRule(rule, this.sheet.cssRules.length);
		} catch {
			// The selector of another browser; Emotion ignores it too.
		}
	}

	override hydrate(): void {}

	override flush(): void {
		document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
		this.sheet = new CSSStyleSheet();
	}
}

export const styles = createCache({ key: 'css' });
styles.sheet = new Constructed({ key: 'css', container: document.head });
