import type en from './messages.en';

const fr: typeof en = {
	label: 'Maintenance',
	planned: 'Maintenance prévue : %{time}.',
	running: 'Maintenance en cours jusqu’à %{time}.',
	late: 'La maintenance dure plus longtemps que prévu.',
	starts: 'Début dans %{left}',
	ends: 'Fin dans %{left}',
	status: 'Page d’état',
};

export default fr;
