from echo_runtime.commands import main

if __name__ == "__main__":
    main()
