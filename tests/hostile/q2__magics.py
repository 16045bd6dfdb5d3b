# %%time, ! and % in cells, as in any notebook.
# earns 2

!ls -la
%matplotlib inline
%pip install -q einops
!pip install einops
files = !ls
%timeit -n1 -r1 sum(range(10))
if True:
    %pip install -q einops

# %%
%%time
# <the right answer>

# %%
%%bash
echo hello

# %%
%%capture
print(1)
