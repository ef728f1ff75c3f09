from bff.session.oidc import at_origin_of


def test_an_advertised_endpoint_is_called_where_the_token_endpoint_is():
    endpoint = at_origin_of("http://keycloak:8080/realms/r/token", "https://id.example/realms/r/logout")

    assert endpoint == "http://keycloak:8080/realms/r/logout"
