"""Say where each OCPP message belongs and what its nameless types are called, for generate_ocpp."""

VERSIONS = {"v16": "ocpp1.6", "v201": "ocpp2.0.1", "v21": "ocpp2.1"}

BOTH_WAYS = {"DataTransfer"}
SENDS = {"NotifyPeriodicEventStream"}

_STATION_16 = """Authorize BootNotification DataTransfer DiagnosticsStatusNotification
FirmwareStatusNotification Heartbeat LogStatusNotification MeterValues SecurityEventNotification
SignCertificate SignedFirmwareStatusNotification StartTransaction StatusNotification StopTransaction"""
_STATION_201 = """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit
NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles
ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent"""
_STATION_21 = """BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm
NotifyDERStartStop NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream
PullDynamicScheduleUpdate ReportDERControl VatNumberValidation"""

SAID_BY_STATIONS = {
    "v16": set(_STATION_16.split()),
    "v201": set(_STATION_201.split()),
    "v21": set(f"{_STATION_201} {_STATION_21}".split()),
}

_BLOCKS_16 = {
    "authorization": "Authorize ClearCache",
    "availability": "ChangeAvailability Heartbeat StatusNotification",
    "configuration": "BootNotification ChangeConfiguration GetConfiguration Reset",
    "data_transfer": "DataTransfer",
    "firmware": """DiagnosticsStatusNotification FirmwareStatusNotification GetDiagnostics UpdateFirmware""",
    "local_auth_list": "GetLocalListVersion SendLocalList",
    "remote_control": "RemoteStartTransaction RemoteStopTransaction TriggerMessage UnlockConnector",
    "reservation": "CancelReservation ReserveNow",
    "security": """CertificateSigned DeleteCertificate ExtendedTriggerMessage GetInstalledCertificateIds
        GetLog InstallCertificate LogStatusNotification SecurityEventNotification SignCertificate
        SignedFirmwareStatusNotification SignedUpdateFirmware""",
    "smart_charging": "ClearChargingProfile GetCompositeSchedule SetChargingProfile",
    "transactions": "MeterValues StartTransaction StopTransaction",
}
_BLOCKS_201 = {
    "authorization": "Authorize ClearCache",
    "availability": "ChangeAvailability Heartbeat StatusNotification",
    "certificates": """DeleteCertificate Get15118EVCertificate GetCertificateStatus GetInstalledCertificateIds
        InstallCertificate""",
    "data_transfer": "DataTransfer",
    "diagnostics": "CustomerInformation GetLog LogStatusNotification NotifyCustomerInformation",
    "display": "ClearDisplayMessage GetDisplayMessages NotifyDisplayMessages SetDisplayMessage",
    "firmware": """FirmwareStatusNotification PublishFirmware PublishFirmwareStatusNotification
        UnpublishFirmware UpdateFirmware""",
    "local_auth_list": "GetLocalListVersion SendLocalList",
    "metering": "MeterValues",
    "monitoring": """ClearVariableMonitoring GetMonitoringReport NotifyEvent NotifyMonitoringReport
        SetMonitoringBase SetMonitoringLevel SetVariableMonitoring""",
    "provisioning": """BootNotification GetBaseReport GetReport GetVariables NotifyReport Reset
        SetNetworkProfile SetVariables""",
    "remote_control": "RequestStartTransaction RequestStopTransaction TriggerMessage UnlockConnector",
    "reservation": "CancelReservation ReservationStatusUpdate ReserveNow",
    "security": "CertificateSigned SecurityEventNotification SignCertificate",
    "smart_charging": """ClearChargingProfile ClearedChargingLimit GetChargingProfiles GetCompositeSchedule
        NotifyChargingLimit NotifyEVChargingNeeds NotifyEVChargingSchedule ReportChargingProfiles
        SetChargingProfile""",
    "tariff_and_cost": "CostUpdated",
    "transactions": "GetTransactionStatus TransactionEvent",
}
_NEW_IN_21 = {
    "battery_swap": "BatterySwap RequestBatterySwap",
    "bidirectional": "AFRRSignal NotifyAllowedEnergyTransfer",
    "certificates": "GetCertificateChainStatus",
    "der_control": """ClearDERControl GetDERControl NotifyDERAlarm NotifyDERStartStop ReportDERControl
        SetDERControl""",
    "dynamic_charging": """NotifyPriorityCharging PullDynamicScheduleUpdate UpdateDynamicSchedule
        UsePriorityCharging""",
    "event_streams": """AdjustPeriodicEventStream ClosePeriodicEventStream GetPeriodicEventStream
        NotifyPeriodicEventStream OpenPeriodicEventStream""",
    "payment": "NotifySettlement NotifyWebPaymentStarted VatNumberValidation",
    "tariff_and_cost": "ChangeTransactionTariff ClearTariffs GetTariffs SetDefaultTariff",
}

BLOCKS = {
    "v16": {block: sorted(actions.split()) for block, actions in _BLOCKS_16.items()},
    "v201": {block: sorted(actions.split()) for block, actions in _BLOCKS_201.items()},
    "v21": {
        block: sorted(f"{_BLOCKS_201.get(block, '')} {_NEW_IN_21.get(block, '')}".split())
        for block in sorted({*_BLOCKS_201, *_NEW_IN_21})
    },
}

# The core schemas of 1.6 write their types in place; these are the specification's names for them,
# by owner and property, or by property alone.
INLINE_NAMES = {
    ("", "idTagInfo"): "IdTagInfo",
    ("IdTagInfo", "status"): "AuthorizationStatus",
    ("", "meterValue"): "MeterValue",
    ("", "transactionData"): "MeterValue",
    ("", "sampledValue"): "SampledValue",
    ("", "chargingProfile"): "ChargingProfile",
    ("", "csChargingProfiles"): "ChargingProfile",
    ("", "chargingSchedule"): "ChargingSchedule",
    ("", "chargingSchedulePeriod"): "ChargingSchedulePeriod",
    ("GetCompositeScheduleResponse", "chargingSchedule"): "CompositeSchedule",
    ("CompositeSchedule", "chargingSchedulePeriod"): "CompositeSchedulePeriod",
    ("", "configurationKey"): "KeyValue",
    ("", "localAuthorizationList"): "AuthorizationData",
    ("", "chargingProfilePurpose"): "ChargingProfilePurpose",
    ("", "chargingProfileKind"): "ChargingProfileKind",
    ("", "recurrencyKind"): "RecurrencyKind",
    ("", "chargingRateUnit"): "ChargingRateUnit",
    ("", "updateType"): "UpdateType",
    ("", "requestedMessage"): "MessageTrigger",
    ("ChangeAvailabilityRequest", "type"): "AvailabilityType",
    ("ResetRequest", "type"): "ResetType",
    ("StatusNotificationRequest", "status"): "ChargePointStatus",
    ("DiagnosticsStatusNotificationRequest", "status"): "DiagnosticsStatus",
    ("FirmwareStatusNotificationRequest", "status"): "FirmwareStatus",
    ("BootNotificationResponse", "status"): "RegistrationStatus",
    ("CancelReservationResponse", "status"): "CancelReservationStatus",
    ("ChangeAvailabilityResponse", "status"): "AvailabilityStatus",
    ("ChangeConfigurationResponse", "status"): "ConfigurationStatus",
    ("ClearCacheResponse", "status"): "ClearCacheStatus",
    ("ClearChargingProfileResponse", "status"): "ClearChargingProfileStatus",
    ("DataTransferResponse", "status"): "DataTransferStatus",
    ("GetCompositeScheduleResponse", "status"): "GetCompositeScheduleStatus",
    ("RemoteStartTransactionResponse", "status"): "RemoteStartStopStatus",
    ("RemoteStopTransactionResponse", "status"): "RemoteStartStopStatus",
    ("ReserveNowResponse", "status"): "ReservationStatus",
    ("ResetResponse", "status"): "ResetStatus",
    ("SendLocalListResponse", "status"): "UpdateStatus",
    ("SetChargingProfileResponse", "status"): "ChargingProfileStatus",
    ("TriggerMessageResponse", "status"): "TriggerMessageStatus",
    ("UnlockConnectorResponse", "status"): "UnlockStatus",
}

# Enumerations that stations fill with words of their own; refusing a reading or a stop for one would lose it.
FREE_TEXTS = {
    "SampledValue": {"context", "format", "location", "measurand", "phase", "unit"},
    "StatusNotificationRequest": {"errorCode"},
    "StopTransactionRequest": {"reason"},
    "Transaction": {"stoppedReason"},
}

# What `SampledValue.value` is: in both its digits do not pass through a float.
READINGS = {"v16": "text reading", "v201": "reading", "v21": "reading"}

# Lists of readings that may be empty: 1.6 lets them be in StopTransaction, though not in MeterValues.
LOOSE_LISTS = {"MeterValue": {"sampledValue"}}

# Shared types, with all they are made of, that have a module besides types.py.
SHARED_TYPES = {"charging_profiles": {"ChargingProfile"}, "tariffs": {"Tariff", "Price"}}
COMMON_TYPES = {"MessageContent", "MessageFormatEnum"}
