/* Empty on purpose: stands in for the theme's 1.4 MB script; its icons come from fonts. */
