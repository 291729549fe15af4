// The frame of every workspace: react-admin with our providers, theme, language and error pages.
import { useContext, useMemo } from 'react';
import { Admin, I18nContext, type AdminProps } from 'react-admin';
import { authProvider } from '../data/authProvider';
import { dataProvider } from '../data/dataProvider';
import { Failure } from '../ui/Failure';
import { say } from '../i18n/i18n';
import { queryClient } from '../data/session';
import { useScheme } from '../ui/scheme';
import { theme } from '../ui/theme';
import { Denied } from '../ui/Missing';
import { Waiting } from '../ui/Waiting';

export function Application(props: AdminProps) {
	const i18n = useContext(I18nContext);
	const scheme = useScheme();
	const look = useMemo(() => {
		const { components, ...rest } = theme(scheme);
		return {
			...rest,
			components: {
				...components,
				// MUI has these texts only in English.
				MuiAutocomplete: {
					defaultProps: {
						clearText: say('ra.action.clear_input_value'),
						closeText: say('ra.action.close'),
						loadingText: say('i18n.waiting'),
						noOptionsText: say('i18n.picker.none'),
						openText: say('ra.action.open'),
					},
				},
			},
		};
	}, [scheme]);
	return (
		<Admin
			authProvider={authProvider}
			dataProvider={dataProvider}
			i18nProvider={i18n}
			queryClient={queryClient}
			theme={look}
			darkTheme={null}
			accessDenied={Denied}
			error={Failure}
			loading={Waiting}
			loginPage={false}
			requireAuth
			disableTelemetry
			title="Tenantry"
			{...props}
		/>
	);
}
