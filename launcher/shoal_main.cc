#include <iostream>

#include "launcher/command_line.h"

int main(int argc, char** argv) { return shoal::RunCommandLine(argc, argv, std::cout, std::cerr); }
