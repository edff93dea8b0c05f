#include "nodes/kindredctl/command_line.hpp"

int main(int argc, char** argv) { return kindred::ctl::run(argc, argv); }
