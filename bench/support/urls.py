"""The addresses of the product, and of the plain views beside them."""

from governance import urls
from support import plain

urlpatterns = [*plain.urlpatterns, *urls.urlpatterns]
