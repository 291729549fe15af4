// Language and appearance, with and without a session.
import DarkMode from '@mui/icons-material/DarkModeOutlined';
import LightMode from '@mui/icons-material/LightModeOutlined';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { useLocale, useTranslate } from 'ra-core';
import { changeLanguage, locales } from '../app/i18n';
import { chooseScheme, useScheme } from '../app/scheme';

export function Controls() {
	const translate = useTranslate();
	const locale = useLocale();
	const scheme = useScheme();
	const other = scheme === 'dark' ? 'light' : 'dark';
	return (
		<>
			{locales.filter((one) => one.locale !== locale).map((one) => (
				<Button key={one.locale} lang={one.locale} color="inherit" size="small"
					onClick={() => changeLanguage(one.locale)}>
					{one.name}
				</Button>
			))}
			<IconButton color="inherit" onClick={() => chooseScheme(other)}
				aria-label={`${translate('app.scheme.label')}: ${translate(`app.scheme.${other}`)}`}>
				{scheme === 'dark' ? <LightMode /> : <DarkMode />}
			</IconButton>
		</>
	);
}
