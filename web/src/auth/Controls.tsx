// The controls for language and appearance, which work with and without a session.
import DarkMode from '@mui/icons-material/DarkModeOutlined';
import LightMode from '@mui/icons-material/LightModeOutlined';
import Language from '@mui/icons-material/TranslateOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { useTranslate } from 'ra-core';
import { colon, changeLanguage, language, locales } from '../i18n/i18n';
import { chooseScheme, useScheme } from '../ui/scheme';

/** Returns the languages and the color scheme to which the user can switch. */
export function useControls() {
	const translate = useTranslate();
	const dark = useScheme() === 'dark',
		other = dark ? 'light' : 'dark';
	return {
		languages: locales
			.filter((one) => one.locale !== language())
			.map((one) => ({
				lang: one.locale,
				label: one.name,
				Icon: Language,
				run: () => changeLanguage(one.locale),
			})),
		scheme: {
			lang: undefined,
			label: `${translate('i18n.scheme.label')}${colon()}${translate(`i18n.scheme.${other}`)}`,
			Icon: dark ? LightMode : DarkMode,
			run: () => chooseScheme(other),
		},
	};
}

export function Controls() {
	const { languages, scheme } = useControls();
	return (
		<>
			{languages.map(({ lang, label, run }) => (
				<Button key={lang} lang={lang} color="inherit" size="small" onClick={run}>
					{label}
				</Button>
			))}
			<IconButton color="inherit" onClick={scheme.run} aria-label={scheme.label}>
				<scheme.Icon />
			</IconButton>
		</>
	);
}
