// The file of a report.
import { useRecordContext } from 'ra-core';
import { Download } from '../app/Download';

export default function ReportFile() {
	const row = useRecordContext();
	return row && <Download to={`/api/report_templates/${row.id}/run`} label="CSV" />;
}
