// react-admin with our providers, theme, language and error pages: the frame of every workspace.
import { useContext, useMemo } from 'react';
import { Admin, I18nContext, type AdminProps } from 'react-admin';
import { authProvider } from './authProvider';
import { dataProvider } from './dataProvider';
import { Failure } from './Failure';
import { say } from './i18n';
import { queryClient } from './session';
import { useScheme } from './scheme';
import { theme } from './theme';
import { Waiting } from './Waiting';

export function Application(props: AdminProps) {
	const i18n = useContext(I18nContext);
	const scheme = useScheme();
	const look = useMemo(() => {
		const { components, ...rest } = theme(scheme);
		return {
			...rest,
			components: {
				...components,
				// The library has these texts in English.
				MuiAutocomplete: {
					defaultProps: {
						clearText: say('ra.action.clear_input_value'),
						closeText: say('ra.action.close'),
						loadingText: say('app.waiting'),
						noOptionsText: say('app.picker.none'),
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
