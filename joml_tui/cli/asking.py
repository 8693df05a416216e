import click


@click.command()
def predict():
    pass


@click.command()
def explain():
    pass
