// The server's health checks, refreshed every few seconds.
import Check from '@mui/icons-material/CheckCircleOutlined';
import Fault from '@mui/icons-material/ErrorOutlined';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { send } from '../data/http';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';

interface Health {
	status: string;
	schema?: number;
}

const EVERY = 5000;

function Probe({ path }: { path: string }) {
	const translate = useTranslate();
	const { count } = useFormats();
	const { data, isPending, isError, error } = useQuery({
		queryKey: ['probe', path],
		refetchInterval: EVERY,
		gcTime: 0,
		queryFn: async () => {
			const begun = performance.now();
			const { json } = await send<Health>(path);
			return { ...json, ms: Math.round(performance.now() - begun) };
		},
	});
	const name = translate(`admin.probes.${path.slice(1)}`);
	return (
		<Line
			icon={isError ? <Fault color="error" /> : <Check color={isPending ? 'disabled' : 'success'} />}
			title={name}
			note={
				isError
					? error.message
					: data
						? [
								data.status,
								data.schema && translate('admin.schema', { n: data.schema }),
								translate('admin.took', { ms: count(data.ms) }),
							]
								.filter(Boolean)
								.join(' · ')
						: '…'
			}
		/>
	);
}

export default function System() {
	const translate = useTranslate();
	return (
		<Panel title={translate('admin.parts.system')} lead={translate('admin.system_help')}>
			<Lines>
				{['/live', '/health', '/ready'].map((path) => (
					<Probe key={path} path={path} />
				))}
			</Lines>
		</Panel>
	);
}
