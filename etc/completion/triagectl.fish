# fish completion of triagectl: the program itself knows what may come next.
function __triagectl_complete
    set -l words (commandline -opc) (commandline -ct)
    $words[1] __complete $words[2..-1] 2>/dev/null
end
complete -c triagectl -a '(__triagectl_complete)'
