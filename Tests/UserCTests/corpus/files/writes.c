struct seen { int mark; };
static void both(struct seen *to, int n)
{
    to->mark = n;
}
static void own(struct seen *to) { to->mark = 1; }
