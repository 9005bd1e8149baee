"""Call detail records: one row per call attempt, monthly CSV files from the exchange."""

from lakemill.declare import Column, Dataset, Publication, Rule, Type

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
    rules=(
        Rule(name="connects_after_start", check="connect_datetime >= start_datetime"),
        Rule(
            name="disconnects_after_connect",
            check="disconnect_datetime >= connect_datetime - interval '1' minute",
            description="times are to the minute, so a call of no length may seem to end one minute before it was answered",
        ),
        Rule(
            name="disconnects_in_order",
            check="disconnect_datetime >= connect_datetime",
            on_failure="warn",
            description="9 of the 72,000 public calls end in the minute before they were answered",
        ),
        Rule(name="duration_not_negative", check="charged_duration >= 0"),
        Rule(name="known_direction", check="call_direction in (1, 2)", on_failure="warn"),
    ),
    published=(Publication(name="processed", description="Cleaned calls as uncompressed CSV, for spreadsheets", pii=True),),
)
