"""What stands outside the server: clients generated from its OpenAPI document, and a second computation of trends."""
