"""The posture report: what is protected, by what, and how it is proved, on one page.

It reads a cloud assembly through the proofs (`proofs.record`) and data files of `docs/`. Each
section is a file here with value objects; `facts` puts them together, `page` and `picture` show
them. Nothing is judged here: red is what a proof, a validation or missing evidence says.
"""
