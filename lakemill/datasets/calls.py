"""Call detail records: one row per call attempt, monthly CSV files from the exchange."""

from lakemill.declare import Column, Dataset, Publication, Type

_MINUTES = "dd-MM-yyyy HH:mm"

DATASET = Dataset(
    name="calls",
    description="Call detail records as an exchange writes them: local times to the minute, durations in seconds.",
    columns=(
        Column(name="start_datetime", type=Type.TIMESTAMP, format=_MINUTES, required=True, description="start of the call attempt"),
        Column(name="translated_calling_number", required=True, pii=True, description="caller; leading zeros count"),
        Column(name="translated_called_number", required=True, pii=True, description="called party; leading zeros count"),
        Column(name="connect_datetime", type=Type.TIMESTAMP, format=_MINUTES, description="when it was answered"),
        Column(name="disconnect_datetime", type=Type.TIMESTAMP, format=_MINUTES, description="when it ended"),
        Column(name="charged_duration", type=Type.INTEGER, description="seconds that are charged"),
        Column(name="originating_carrier_id", type=Type.INTEGER, description="carrier of the caller"),
        Column(name="terminating_carrier_id", type=Type.INTEGER, description="carrier of the called party"),
        Column(name="call_direction", type=Type.INTEGER, description="1 outgoing, 2 incoming"),
        Column(name="service_type", type=Type.INTEGER, description="1, 2 or 3; absent from files of the older form"),
        Column(name="release_cause_number", type=Type.INTEGER, description="Q.850 cause; absent from the older form"),
        Column(name="sip_response", type=Type.INTEGER, description="final SIP status; absent from the older form"),
    ),
    dropped=("originating_transit_carrier_id", "terminating_transit_carrier_id"),
    months_of="start_datetime",
    published=(Publication(name="processed", description="Cleaned calls as uncompressed CSV, for spreadsheets", pii=True),),
)
