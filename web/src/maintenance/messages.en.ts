export default {
	label: 'Maintenance',
	planned: 'Planned maintenance: %{time}.',
	running: 'Maintenance in progress until %{time}.',
	late: 'Maintenance is taking longer than planned.',
	starts: 'Starts in %{left}',
	ends: 'Ends in %{left}',
	status: 'Status page',
};
