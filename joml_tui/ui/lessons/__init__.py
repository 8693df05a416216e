"""Teaching: full screens that explain one mini-batch, the article's accounting, and the collapse to one layer."""
