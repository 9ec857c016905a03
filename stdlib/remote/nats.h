/* remote/nats.h -- the functions of the NATS C client that moons.remote uses, loaded by the first script
 * that connects: all others start without them.
 * Level stdlib. For remote/ alone. Built where <nats/nats.h> was found. */
#ifndef MN_REMOTE_NATS_H
#define MN_REMOTE_NATS_H

#ifdef MN_NATS

#include <nats/nats.h>

/* Each is called by its own name with `nats->` in front. */
/* clang-format off */
#define MN_NATS_FUNCTIONS(f) \
  f(nats_GetLastError) \
  f(natsStatus_GetText) \
  f(natsOptions_Create) \
  f(natsOptions_Destroy) \
  f(natsOptions_SetServers) \
  f(natsOptions_SetToken) \
  f(natsOptions_SetTimeout) \
  f(natsOptions_SetName) \
  f(natsOptions_SetSecure) \
  f(natsOptions_LoadCATrustedCertificates) \
  f(natsOptions_LoadCertificatesChain) \
  f(natsOptions_SetExpectedHostname) \
  f(natsOptions_SkipServerVerification) \
  f(natsOptions_SetPingInterval) \
  f(natsOptions_SetMaxPingsOut) \
  f(natsOptions_SetMaxReconnect) \
  f(natsOptions_SetReconnectWait) \
  f(natsOptions_SetReconnectJitter) \
  f(natsOptions_SetErrorHandler) \
  f(natsOptions_SetClosedCB) \
  f(natsOptions_SetDisconnectedCB) \
  f(natsOptions_SetReconnectedCB) \
  f(natsOptions_SetSendAsap) \
  f(natsOptions_SetWriteDeadline) \
  f(natsOptions_UseGlobalMessageDelivery) \
  f(natsConnection_Connect) \
  f(natsConnection_Close) \
  f(natsConnection_Destroy) \
  f(natsConnection_GetMaxPayload) \
  f(natsConnection_GetLastError) \
  f(natsConnection_Publish) \
  f(natsConnection_PublishMsg) \
  f(natsConnection_PublishRequest) \
  f(natsConnection_Subscribe) \
  f(natsConnection_FlushTimeout) \
  f(natsSubscription_Destroy) \
  f(natsSubscription_SetPendingLimits) \
  f(natsSubscription_SetOnCompleteCB) \
  f(natsMsg_Create) \
  f(natsMsg_Destroy) \
  f(natsMsg_GetSubject) \
  f(natsMsg_GetReply) \
  f(natsMsg_GetData) \
  f(natsMsg_GetDataLength) \
  f(natsMsgHeader_Set) \
  f(natsMsgHeader_Get)
/* clang-format on */

typedef struct mn_nats {
#define MN_MEMBER(name) __typeof__(&(name)) name;
  MN_NATS_FUNCTIONS(MN_MEMBER)
#undef MN_MEMBER
} mn_nats;

/* The functions; NULL: *why says why there are none, until the thread's next call. Safe from any thread. */
const mn_nats *mn_nats_load(const char **why);

#endif

#endif
