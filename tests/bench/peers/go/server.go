package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
)

var answer = []byte("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, world!")

func serve(connection net.Conn) {
	defer connection.Close()
	request := make([]byte, 4096)
	for {
		n, err := connection.Read(request)
		if err != nil || !bytes.HasSuffix(request[:n], []byte("\r\n\r\n")) {
			return
		}
		if _, err = connection.Write(answer); err != nil {
			return
		}
	}
}

func accept(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(connection)
	}
}

// http FORM LOAD: a server that answers each request with the same 13 bytes, on one OS thread.
func http(args []string) {
	runtime.GOMAXPROCS(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err == nil, "cannot listen")
	go accept(listener)
	port := listener.Addr().(*net.TCPAddr).Port
	load := exec.Command("sh", args[1], strconv.Itoa(port), strconv.Itoa(os.Getpid()))
	load.Stdout, load.Stderr = os.Stdout, os.Stderr
	check(load.Run() == nil, "the load failed")
}
