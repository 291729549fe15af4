import type en from './messages.en';

const fr: typeof en = {
	title: 'Vues',
	all: 'Tout',
	keep: 'Enregistrer la vue…',
	change: 'Modifier « %{name} »…',
	delete: 'Supprimer « %{name} »',
	deleted: '« %{name} » supprimée',
	help: 'Enregistre les filtres, le tri, les colonnes, et le tableau ou le calendrier actuels.',
	name: 'Nom',
	share: 'Partager avec tout le monde',
	shared: 'partagée',
};
export default fr;
