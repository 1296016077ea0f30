from local.openai import make_app
from local.server import serve

serve(make_app)
