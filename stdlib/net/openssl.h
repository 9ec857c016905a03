/* net/openssl.h -- the functions of OpenSSL that net/tls.c uses, loaded when TLS is first wanted: most
 * scripts start without them.
 * Level stdlib. For net/tls.c and net/tls_context.c. Built where <openssl/ssl.h> was found. */
#ifndef MN_NET_OPENSSL_H
#define MN_NET_OPENSSL_H

#ifdef MN_OPENSSL

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Each is called by its own name with `ssl->` in front. */
#define MN_OPENSSL_FUNCTIONS(f)                                                                    \
  f(OPENSSL_init_ssl) f(TLS_method) f(SSL_CTX_new) f(SSL_CTX_free) f(SSL_CTX_ctrl)                 \
      f(SSL_CTX_set_verify) f(SSL_CTX_set_default_verify_paths) f(SSL_CTX_load_verify_locations)   \
          f(SSL_CTX_use_certificate_chain_file) f(SSL_CTX_use_PrivateKey_file)                     \
              f(SSL_CTX_check_private_key) f(SSL_CTX_set_alpn_protos)                              \
                  f(SSL_CTX_set_alpn_select_cb) f(SSL_select_next_proto) f(SSL_new) f(SSL_free)    \
                      f(SSL_ctrl) f(SSL_set_bio) f(SSL_set_accept_state) f(SSL_set_connect_state)  \
                          f(SSL_do_handshake) f(SSL_read_ex) f(SSL_write_ex) f(SSL_shutdown)       \
                              f(SSL_get_error) f(SSL_get_verify_result) f(SSL_get0_alpn_selected)  \
                                  f(SSL_get_version) f(SSL_get0_param) f(SSL_set1_host)            \
                                      f(X509_VERIFY_PARAM_set1_ip_asc)                             \
                                          f(X509_verify_cert_error_string) f(BIO_new) f(BIO_s_mem) \
                                              f(BIO_free) f(BIO_read) f(BIO_write) f(BIO_ctrl)     \
                                                  f(ERR_get_error) f(ERR_reason_error_string)      \
                                                      f(ERR_clear_error)

typedef struct mn_openssl {
#define MN_MEMBER(name) __typeof__(&(name)) name;
  MN_OPENSSL_FUNCTIONS(MN_MEMBER)
#undef MN_MEMBER
} mn_openssl;

/* The functions; NULL: *why says why there are none, until the thread's next call. Safe from any thread. */
const mn_openssl *mn_openssl_load(const char **why);

#endif

#endif
