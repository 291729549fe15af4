// Downloads a report.
import { useRecordContext } from 'ra-core';
import { Download } from '../ui/Download';

export default function ReportFile() {
	const row = useRecordContext();
	return row && <Download to={`/api/report_templates/${row.id}/run`} label="CSV" />;
}
