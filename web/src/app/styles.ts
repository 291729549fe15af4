// Styles without <style>: emotion writes its rules into a constructed style
// sheet, so that the policy of the page need not allow inline styles.
import createCache from '@emotion/cache';
import { StyleSheet } from '@emotion/sheet';

class Constructed extends StyleSheet {
	private sheet = new CSSStyleSheet();

	// The first one is that of all components; global styles go before it, so
	// that a component's own have the last word.
	override insert(rule: string): void {
		if (!document.adoptedStyleSheets.includes(this.sheet))
			document.adoptedStyleSheets =
				[this.sheet, ...document.adoptedStyleSheets];
		try {
			this.sheet.insertRule(rule, this.sheet.cssRules.length);
		} catch {
			// A selector of another browser's; emotion passes it over, too.
		}
	}

	override hydrate(): void {}

	override flush(): void {
		document.adoptedStyleSheets =
			document.adoptedStyleSheets.filter((sheet) => sheet !== this.sheet);
		this.sheet = new CSSStyleSheet();
	}
}

export const styles = createCache({ key: 'css' });
styles.sheet = new Constructed({ key: 'css', container: document.head });
