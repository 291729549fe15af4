import type en from './messages.en';

const fr: typeof en = {
	title: 'Vues',
	all: 'Tout',
	keep: 'Garder cette vue…',
	change: 'Modifier « %{name} »…',
	delete: 'Supprimer « %{name} »',
	deleted: '« %{name} » est supprimée.',
	help: 'Les filtres et l’ordre de la liste, sous un nom.',
	name: 'Nom',
	share: 'Pour toute l’organisation',
	shared: 'partagée',
};
export default fr;
